import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  parseMasterReply,
  selectMaster,
} from '../../../../src/store/redis/redis-sentinel-replies.ts'

const REPLY = ['name', 'ip', 'ip', '10.0.0.1', 'port', '6379', 'flags', '', 'config-epoch', '3']

test('the address and the epoch of a master are read by name, even if the master is called ip', () => {
  const endpoint = { host: '10.0.0.1', port: 6379 }
  assert.deepEqual(parseMasterReply(REPLY), { endpoint, configEpoch: 3 })
})

test('a reply without a valid address and epoch is an error', () => {
  const replies = [
    undefined,
    null,
    'OK',
    [],
    REPLY.slice(0, 8),
    REPLY.slice(0, 9),
    replace('10.0.0.1', ''),
    replace('10.0.0.1', undefined),
    replace('6379', undefined),
    replace('6379', '0'),
    replace('6379', '65536'),
    replace('6379', '6379x'),
    replace('3', ''),
    replace('3', '-1'),
  ]
  for (const reply of replies) {
    assert.throws(() => parseMasterReply(reply), /SENTINEL MASTER/, JSON.stringify(reply))
  }
})

test('the reply with the highest epoch names the master, whatever the order', () => {
  const replies = [3, 10, 9].map((configEpoch) => ({
    endpoint: { host: `epoch-${configEpoch}`, port: 6379 },
    configEpoch,
  }))
  for (const order of [replies, replies.toReversed()]) {
    assert.equal(selectMaster(order)?.host, 'epoch-10')
  }
})

test('no replies name no master', () => {
  assert.equal(selectMaster([]), undefined)
})

function replace(value: string, by: string | undefined): (string | undefined)[] {
  return REPLY.map((part) => (part === value ? by : part))
}
