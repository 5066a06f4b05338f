// `npm run -s check-config`: prints the resolved settings and what will not work. scripts/check-config.ts calls it.
import { parseArgs } from 'node:util'
import { type Config, ConfigError } from '../config/load.ts'
import { createProxiedFetch } from '../outbound/proxy/proxied-fetch.ts'
import type { UpstreamFetch } from '../upstream/upstream-fetch.ts'
import { checkResourcesOnline } from './check-resources-online.ts'
import { checkUpstreamOnline } from './check-upstream-online.ts'
import { describeConfig } from './describe-config.ts'
import { findTraps } from './find-traps.ts'
import type { Finding } from './finding.ts'

/** sysexits.h EX_CONFIG, like the server */
const EXIT_CONFIG = 78
const EXIT_USAGE = 2
const EXIT_PROBLEM = 1

const HELP = `Prints every setting as the server resolves it, secrets masked, and what it sees wrong with them.

  npm run -s check-config                the settings alone; nothing is sent
  npm run -s check-config -- --online    also asks the provider (discovery, keys, the client's
                                         credentials) and the metadata of each MCP server

  --json    print one JSON object
  --help    print this text

It ends with 0 if it sees no problem, with 1 if something will not work, and with 78 if the server would not start.
`

export interface CheckSurroundings {
  readonly args: readonly string[]
  /** @throws ConfigError */
  readonly loadConfig: () => Config
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Instead of the network. */
  readonly fetch?: UpstreamFetch
  readonly now?: () => number
}

/** @returns the exit code */
export async function runCheck(surroundings: CheckSurroundings): Promise<number> {
  const { stdout, stderr } = surroundings
  const options = readOptions(surroundings.args)
  if (typeof options === 'string') {
    stderr(`check-config: ${options}\n`)
    return EXIT_USAGE
  }
  if (options.help) {
    stdout(HELP)
    return 0
  }
  try {
    const config = surroundings.loadConfig()
    const settings = describeConfig(config)
    const findings = findTraps(config)
    if (options.online) findings.push(...(await checkOnline(config, surroundings)))
    stdout(
      options.json
        ? `${JSON.stringify({ settings, findings }, null, 2)}\n`
        : format(settings, findings),
    )
    return findings.some(({ kind }) => kind === 'problem') ? EXIT_PROBLEM : 0
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    stderr(`${[`check-config: ${error.message}.`, ...error.faults].join('\n  ')}\n`)
    return EXIT_CONFIG
  }
}

async function checkOnline(config: Config, surroundings: CheckSurroundings): Promise<Finding[]> {
  const { fetch = createProxiedFetch(config.proxy), now = Date.now } = surroundings
  const findings = await Promise.all([
    checkUpstreamOnline({ config, fetch, now }),
    checkResourcesOnline({ config, fetch }),
  ])
  return findings.flat()
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        online: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function format(settings: readonly string[], findings: readonly Finding[]): string {
  const said = findings.map(({ kind, setting, message }) => `${kind}: ${setting} ${message}`)
  const summary = said.length === 0 ? ['nothing to say about them'] : said
  return `${[...settings, '', ...summary].map(printable).join('\n')}\n`
}

/** A document from elsewhere could rewrite the screen. */
function printable(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}
