// The frame of the administration: what it understands, what it refuses, and the exit codes.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../../../src/admin/commands.ts'
import { runAdmin } from '../../../src/admin/run-admin.ts'
import { neutralise, neutraliseJson } from '../../../src/admin/terminal-text.ts'
import { ConfigError } from '../../../src/config/load.ts'

const ROOT = join(import.meta.dirname, '../../..')

async function run(...args: string[]) {
  const stdout: string[] = []
  const stderr: string[] = []
  const code = await runAdmin({
    args,
    loadConfig() {
      throw new ConfigError(['RESOURCES: is required'])
    },
    stdout: (text) => void stdout.push(text),
    stderr: (text) => void stderr.push(text),
  })
  return { code, stdout: stdout.join(''), stderr: stderr.join('') }
}

test('help needs no settings, and names every command', async () => {
  for (const args of [[], ['--help'], ['-h'], ['help']]) {
    const { code, stdout, stderr } = await run(...args)
    assert.deepEqual([code, stderr], [0, ''], args.join(' '))
    for (const { name } of COMMANDS) assert.ok(stdout.includes(`  ${name} `), name)
  }
  assert.match((await run('accounts')).stdout, /^accounts:\n\n {2}accounts list /)
})

test('every command has a help text with its options, on lines that fit a terminal', async () => {
  for (const { name, options } of COMMANDS) {
    const { code, stdout } = await run(...name.split(' '), '--help')
    assert.equal(code, 0)
    for (const option of Object.keys(options)) assert.ok(stdout.includes(`--${option}`), option)
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line)
  }
})

test('a command line that is not understood says why, and exits with 2 before it reads settings', async () => {
  const lines = [
    ['nonsense'],
    ['accounts', 'nonsense'],
    ['accounts', 'show'],
    ['accounts', 'show', ''],
    ['accounts', 'show', 'a', 'b'],
    ['accounts', 'list', '--nonsense'],
    ['accounts', 'list', '--json=1'],
    ['--json'],
  ]
  for (const args of lines) {
    const { code, stdout, stderr } = await run(...args)
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /^admin: .+\n/)
  }
})

test('names that begin with a dash are no options, and options may come before names', async () => {
  const lines = [
    ['clients', 'show', '-Ab_9'],
    ['clients', 'show', '--Ab', '--json'],
    ['clients', 'show', '--json', 'a'],
    ['clients', 'revoke', '--yes', '--', '-Ab'],
    ['accounts', 'list', '--after', '-Ab', '--limit=3'],
    ['grants', 'list', '--client', '--Ab'],
  ]
  // Settings are read once the command line is understood.
  for (const args of lines) assert.equal((await run(...args)).code, 78, args.join(' '))
  assert.equal((await run('accounts', 'list', '--after')).code, 2)
})

test('faults of the settings exit with 78, like the server', async () => {
  const { code, stderr } = await run('stats')
  assert.equal(code, 78)
  assert.match(stderr, /the configuration has 1 fault\.\n {2}RESOURCES: is required/)
})

test('the npm script passes on arguments, output and the exit code', () => {
  const admin = (...args: string[]) =>
    spawnSync('npm', ['run', '-s', 'admin', '--', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    })
  const help = admin('accounts', 'list', '--help')
  assert.equal(help.status, 0)
  assert.match(help.stdout, /--limit N/)
  assert.equal(admin('stats').status, 78)
  assert.equal(admin('nonsense').status, 2)
})

test('what could control a terminal is shown as its code, and JSON keeps its meaning', () => {
  // A lone surrogate, and a tag character, which TypeScript's own escape would need braces for.
  const text = `a\u001b[2J\u0085\u009b\u202e\u2066\u200f\u2028\ud800.${String.fromCodePoint(0xe0041)}\n\u007fé世🔐`
  assert.equal(
    neutralise(text),
    'a\\u{1b}[2J\\u{85}\\u{9b}\\u{202e}\\u{2066}\\u{200f}\\u{2028}\\u{d800}.\\u{e0041}\\u{a}\\u{7f}é世🔐',
  )
  const json = neutraliseJson(JSON.stringify({ text }))
  assert.equal(neutralise(json), json)
  assert.equal(JSON.parse(json).text, text)
})
