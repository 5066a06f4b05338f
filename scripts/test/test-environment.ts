// What the tests need from the machine: a redis-server, an nginx, which they start themselves, and a
// Chromium. Taken from the environment, else from the PATH, else installed where that needs no asking.

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** `chaos` are the long runs, `plain` is everything else. */
export type Suite = 'chaos' | 'plain'

interface Need {
  readonly suites: readonly Suite[]
  /** Names its path to the tests, and in the environment of whoever has it elsewhere. */
  readonly variable: string
  readonly commands: readonly string[]
  readonly debianPackage: string
  readonly brewFormula: string
}

const NEEDS: readonly Need[] = [
  {
    suites: ['chaos', 'plain'],
    variable: 'TEST_REDIS_SERVER',
    commands: ['redis-server'],
    debianPackage: 'redis-server',
    brewFormula: 'redis',
  },
  {
    suites: ['chaos'],
    variable: 'TEST_NGINX',
    commands: ['nginx'],
    debianPackage: 'nginx',
    brewFormula: 'nginx',
  },
  {
    suites: ['plain'],
    variable: 'CHROMIUM_PATH',
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    debianPackage: 'chromium',
    brewFormula: 'chromium',
  },
]

export class MissingProgramError extends Error {}

/** The environment for the tests. Throws a MissingProgramError whose message is what to do. */
export function provideTestEnvironment(
  env: NodeJS.ProcessEnv,
  suites: ReadonlySet<Suite>,
): NodeJS.ProcessEnv {
  const needs = NEEDS.filter((need) => need.suites.some((suite) => suites.has(suite)))
  const found = findAll(needs, env)
  const missing = needs.filter(({ variable }) => found[variable] === undefined)
  if (missing.length === 0) return { ...env, ...found }

  const aptGet = findCommand('apt-get', env)
  if (aptGet !== undefined && process.getuid?.() === 0) installPackages(aptGet, missing, env)
  const all = findAll(needs, env)
  const absent = needs.filter(({ variable }) => all[variable] === undefined)
  if (absent.length > 0) throw new MissingProgramError(describeAbsent(absent, aptGet !== undefined))
  return { ...env, ...all }
}

function findAll(
  needs: readonly Need[],
  env: NodeJS.ProcessEnv,
): Record<string, string | undefined> {
  return Object.fromEntries(
    needs.map(({ variable, commands }) => {
      const named = env[variable]
      if (named) return [variable, requireExecutable(variable, named)]
      return [variable, commands.map((command) => findCommand(command, env)).find(Boolean)]
    }),
  )
}

function requireExecutable(variable: string, path: string): string {
  if (isExecutable(path)) return path
  throw new MissingProgramError(
    `${variable} names ${path}, which cannot be run. Mend it: unset ${variable}`,
  )
}

function findCommand(command: string, env: NodeJS.ProcessEnv): string | undefined {
  const directories = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  // Debian keeps servers where the PATH of a user does not look.
  if (process.platform !== 'win32') directories.push('/usr/local/sbin', '/usr/sbin')
  return directories.map((directory) => join(directory, command)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function installPackages(aptGet: string, missing: readonly Need[], env: NodeJS.ProcessEnv): void {
  const packages = missing.map(({ debianPackage }) => debianPackage)
  console.log(`The tests need ${packages.join(' and ')}: installing with apt-get.`)
  // RUNLEVEL: the package must not start its service; the tests start servers of their own.
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages]
  for (const args of [['update', '-qq'], install]) {
    const { status, stdout, stderr } = spawnSync(aptGet, args, { env: quiet, encoding: 'utf8' })
    if (status !== 0) console.error(`apt-get ${args.join(' ')} failed:\n${stdout}${stderr}`)
  }
}

function describeAbsent(absent: readonly Need[], hasApt: boolean): string {
  const names = absent.map(({ debianPackage }) => debianPackage).join(' and ')
  return `The tests need ${names}. Mend it: ${mendingCommand(absent, hasApt)}`
}

function mendingCommand(absent: readonly Need[], hasApt: boolean): string {
  const packages = absent.map(({ debianPackage }) => debianPackage).join(' ')
  if (hasApt) return `sudo apt-get update && sudo apt-get install -y ${packages}`
  if (process.platform === 'darwin') {
    return absent.map(({ brewFormula }) => `brew install ${brewFormula}`).join(' && ')
  }
  const variables = absent.map(
    ({ variable, debianPackage }) => `${variable}=/path/to/${debianPackage}`,
  )
  return `${variables.join(' ')} npm test`
}
