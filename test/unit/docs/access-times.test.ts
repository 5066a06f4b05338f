// docs/access.md tells minute by minute when access ends. The times follow from the default settings; how long access lasts is
// asserted by test/integration/access/end-of-access-in-flight.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import defaults from '../../../config/default.json' with { type: 'json' }
import { readTable } from '../../support/storage-document.ts'

const DAY = 24 * 3600
const NOON = DAY / 2

/** @param seconds since noon */
function timeOf(seconds: number): string {
  const at = NOON + seconds
  const [hours, minutes] = [Math.floor((at % DAY) / 3600), Math.floor((at % 3600) / 60)]
  const time = [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':')
  return at >= DAY + NOON ? `${time} the next day` : time
}

test('docs/access.md tells when each kill switch works, as the default settings have it', () => {
  const { accessTokenSeconds } = defaults.lifetimes
  const { revalidateSeconds, graceSeconds, unverifiedLifetimeSeconds } = defaults.revalidation
  const ends = {
    'admin accounts disable': 0,
    'admin accounts revoke': 0,
    'Global token revocation': 0,
    'Back-channel logout with "grants"': 0,
    '/account: remove one client, or all': 0,
    'The client signs out (/revoke)': 0,
    'The provider disables the person': revalidateSeconds,
    'The person loses a group that a rule requires': revalidateSeconds,
    'The provider disables the person, and cannot be reached': graceSeconds,
    'The provider disables the person, and cannot be asked': unverifiedLifetimeSeconds,
  }
  const rows = readTable('| at 12:00 |', 'docs/access.md')
  const endless = 'Back-channel logout with "sessions"'
  assert.deepEqual([...rows.keys()].toSorted(), [...Object.keys(ends), endless].toSorted())
  for (const [name, seconds] of Object.entries(ends)) {
    const [lastRefresh = '', , lastToken] = rows.get(name) ?? []
    assert.equal(lastRefresh.replace('before ', ''), timeOf(seconds), name)
    assert.equal(lastToken, timeOf(seconds + accessTokenSeconds), name)
  }
  const [lastRefresh, , lastToken, browsers] = rows.get(endless) ?? []
  assert.deepEqual([lastRefresh, lastToken], ['no end', 'no end'])
  assert.equal(browsers, `signed out at ${timeOf(0)}`)
})
