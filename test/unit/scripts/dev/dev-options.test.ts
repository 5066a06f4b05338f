import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isArgumentFault, readDevOptions } from '../../../../scripts/dev/dev-options.ts'

test('--config names the configuration file, relative to where npm was called', () => {
  const env = { INIT_CWD: '/home/ada/project', CONFIG_FILE: 'other.json', LOG_LEVEL: 'warn' }
  assert.deepEqual(readDevOptions(['--config', 'my.json'], env), {
    ...env,
    CONFIG_FILE: '/home/ada/project/my.json',
  })
  const absolute = readDevOptions(['--config=/etc/my.json'], env)
  assert.equal(absolute['CONFIG_FILE'], '/etc/my.json')
})

test('without --config, the environment is unchanged', () => {
  const env = { CONFIG_FILE: 'other.json' }
  assert.deepEqual(readDevOptions([], env), env)
})

test('an unknown argument, or one without its value, is a fault', () => {
  for (const args of [['--confg', 'my.json'], ['my.json'], ['--config']]) {
    assert.throws(() => readDevOptions(args, {}), isArgumentFault)
  }
  assert.equal(isArgumentFault(new Error('of something else')), false)
})
