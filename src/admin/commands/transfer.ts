// `export`, `import` and `backup`.
import { existsSync } from 'node:fs'
import { createSeal } from '../../crypto/seal.ts'
import { backUpStore } from '../../store/back-up-store.ts'
import { findSqlitePath } from '../../store/open-store.ts'
import { AdminError } from '../admin-error.ts'
import { type Answer, CHANGE_OPTIONS, type Command, operandOf } from '../command.ts'
import { writeNewFile } from '../new-file.ts'
import { openAdminRecords } from '../open-records.ts'
import { exportRecords } from '../transfer/export-records.ts'
import {
  checkExport,
  type ImportPlan,
  importRecords,
  planImport,
} from '../transfer/import-records.ts'

const exportCommand: Command = {
  name: 'export',
  operands: ['FILE'],
  summary: 'write all records to a new file, to move them to another store',
  details: `Stop every server first. The records stay sealed: the file is of use only with the secrets
that its header names by their fingerprints, and with the same STORE_KEY_PREFIX.`,
  options: {},
  async run(call) {
    const path = operandOf(call)
    const records = await call.openRecords()
    const { storeKeyPrefix } = call.config
    const { header, isBusy } = await exportRecords({
      records,
      storeKeyPrefix,
      path,
      now: call.now,
    })
    if (isBusy) {
      call.logger.warn('a server used the store during the export: the file may lack its changes')
    }
    call.logger.warn({ audit: 'store_exported', records: header.records }, 'store exported')
    const unknown = Object.values(header.secrets).filter(({ isNeeded }) => !isNeeded)
    return {
      json: { file: path, isBusy, ...header },
      blocks: [
        `Wrote ${header.records} records to ${path}.`,
        {
          columns: ['SECRET', 'RECORDS', 'NEEDED TO IMPORT'],
          rows: Object.entries(header.secrets).map(([id, secret]) => [
            id,
            String(secret.records),
            secret.isNeeded ? 'yes' : 'no',
          ]),
        },
        ...(unknown.length > 0
          ? [
              'Some records are sealed under secrets that SESSION_SECRET lacks. They go along unread.',
            ]
          : []),
      ],
    }
  },
}

const importCommand: Command = {
  name: 'import',
  operands: ['FILE'],
  summary: 'add the records of an exported file to the store',
  details: `Stop every server first. If it is interrupted, run it again; until it has finished, no server
uses the store. Without --yes, it checks the file and the store, and writes nothing.`,
  options: {
    ...CHANGE_OPTIONS,
    merge: {
      type: 'boolean',
      help: 'the store may have records: they stay as they are, and the others are added',
    },
  },
  async run(call) {
    const path = operandOf(call)
    const { storeKeyPrefix, sessionSecrets, storeUrl } = call.config
    const file = findSqlitePath(storeUrl)
    // To look at a store that is not there would create it.
    if (call.options['yes'] !== true && file !== undefined && !existsSync(file)) {
      const header = await checkExport({ seal: createSeal(sessionSecrets), storeKeyPrefix, path })
      return describePlan(path, { header, isContinued: false, present: 0 })
    }
    const records = await call.openRecords({ isNew: true })
    const merges = call.options['merge'] === true
    const options = { records, storeKeyPrefix, path, merges, now: call.now }
    const plan = await planImport(options)
    if (call.options['yes'] !== true) return describePlan(path, plan)
    const result = await importRecords(options, plan)
    call.logger.warn({ audit: 'store_imported', ...result }, 'store imported')
    return {
      json: { file: path, isDone: true, ...result },
      blocks: [
        `Imported ${path}: ${result.added} records are in the store and verified, ` +
          `${result.kept} were there with another value and stay, ${result.expired} have expired.`,
      ],
    }
  },
}

function describePlan(path: string, { header, isContinued, present }: ImportPlan): Answer {
  return {
    json: { file: path, isDone: false, isContinued, present, records: header.records },
    blocks: [
      `${path} is whole: ${header.records} records, exported at ${header.exportedAt}.`,
      `The store has ${isContinued ? 'a part of them, from a run that did not finish' : `${present} records`}.`,
      'Nothing was changed. Stop every server, then add --yes.',
    ],
  }
}

const backup: Command = {
  name: 'backup',
  operands: ['FILE'],
  summary: 'copy an SQLite store to a new file, while the server runs',
  details: `The copy has the state of one moment, is checked, and can be opened by its owner alone.
It is of use only together with SESSION_SECRET.`,
  options: {},
  async run(call) {
    const path = operandOf(call)
    const { config, logger, now } = call
    const records = await writeNewFile(path, async (target) => {
      if (!(await backUpStore({ url: config.storeUrl, target }))) {
        throw new AdminError('the store is Redis, which makes its own backups; see also: export')
      }
      // As a server would: the whole file, then the canary.
      const copy = await openAdminRecords({
        config: { ...config, storeUrl: `sqlite:${target}` },
        logger,
        now,
      })
      const keys = await Array.fromAsync(copy.store.scanPages(`${config.storeKeyPrefix}:`))
      await copy.close()
      return keys.reduce((sum, page) => sum + page.length, 0)
    })
    call.logger.warn({ audit: 'store_backed_up', records }, 'store backed up')
    return {
      json: { file: path, records },
      blocks: [`Wrote ${records} records to ${path}, and checked them.`],
    }
  },
}

export const TRANSFER_COMMANDS = [exportCommand, importCommand, backup]
