// The programs that the tests need: redis-server, nginx, Chromium and a C compiler. Each comes from the environment, or
// from the PATH, or is installed if that needs no confirmation (root on a machine with apt-get).

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** `chaos`: the long runs; `bench`: the benchmark; `plain`: all other tests. */
export type Suite = 'chaos' | 'bench' | 'plain'

interface Program {
  /** The suites that need it. */
  readonly suites: readonly Suite[]
  /** The variable with its path: set for the tests, and by anyone who has the program elsewhere. */
  readonly variable: string
  readonly commands: readonly string[]
  readonly debianPackage: string
  readonly brewFormula: string
}

const PROGRAMS: readonly Program[] = [
  {
    suites: ['chaos', 'bench', 'plain'],
    variable: 'TEST_REDIS_SERVER',
    commands: ['redis-server'],
    debianPackage: 'redis-server',
    brewFormula: 'redis',
  },
  {
    suites: ['chaos', 'plain'],
    variable: 'TEST_NGINX',
    commands: ['nginx'],
    debianPackage: 'nginx',
    brewFormula: 'nginx',
  },
  {
    suites: ['chaos', 'plain'],
    variable: 'CHROMIUM_PATH',
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    debianPackage: 'chromium',
    brewFormula: 'chromium',
  },
  {
    suites: ['chaos'],
    variable: 'TEST_CC',
    commands: ['cc', 'gcc'],
    debianPackage: 'gcc',
    brewFormula: 'gcc',
  },
]

export class MissingProgramError extends Error {}

/** The environment for the tests. @throws a MissingProgramError with a message that says what to do */
export function provideTestEnvironment(
  env: NodeJS.ProcessEnv,
  suites: ReadonlySet<Suite>,
): NodeJS.ProcessEnv {
  const needed = PROGRAMS.filter((program) => program.suites.some((suite) => suites.has(suite)))
  const found = findAll(needed, env)
  const missing = needed.filter(({ variable }) => found[variable] === undefined)
  if (missing.length === 0) return { ...env, ...found }

  const aptGet = findCommand('apt-get', env)
  if (aptGet !== undefined && process.getuid?.() === 0) installPackages(aptGet, missing, env)
  const all = findAll(needed, env)
  const absent = needed.filter(({ variable }) => all[variable] === undefined)
  if (absent.length > 0) throw new MissingProgramError(describeAbsent(absent, aptGet !== undefined))
  return { ...env, ...all }
}

function findAll(
  programs: readonly Program[],
  env: NodeJS.ProcessEnv,
): Record<string, string | undefined> {
  return Object.fromEntries(
    programs.map(({ variable, commands }) => {
      const named = env[variable]
      if (named) return [variable, requireExecutable(variable, named)]
      return [variable, commands.map((command) => findCommand(command, env)).find(Boolean)]
    }),
  )
}

function requireExecutable(variable: string, path: string): string {
  if (isExecutable(path)) return path
  throw new MissingProgramError(
    `${variable} is ${path}, which is not an executable program. To fix: unset ${variable}`,
  )
}

function findCommand(command: string, env: NodeJS.ProcessEnv): string | undefined {
  const directories = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  // Debian installs servers in directories that are not in a user's PATH.
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

function installPackages(
  aptGet: string,
  missing: readonly Program[],
  env: NodeJS.ProcessEnv,
): void {
  const packages = missing.map(({ debianPackage }) => debianPackage)
  console.log(`The tests need ${packages.join(' and ')}: installing with apt-get.`)
  // RUNLEVEL keeps the package from starting its service: the tests start servers of their own.
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages]
  for (const args of [['update', '-qq'], install]) {
    const { status, stdout, stderr } = spawnSync(aptGet, args, { env: quiet, encoding: 'utf8' })
    if (status !== 0) console.error(`apt-get ${args.join(' ')} failed:\n${stdout}${stderr}`)
  }
}

function describeAbsent(absent: readonly Program[], hasApt: boolean): string {
  const names = absent.map(({ debianPackage }) => debianPackage).join(' and ')
  return `The tests need ${names}. To fix: ${describeFix(absent, hasApt)}`
}

function describeFix(absent: readonly Program[], hasApt: boolean): string {
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
