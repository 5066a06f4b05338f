// The programs that the tests need: redis-server, nginx, Chromium, a C compiler and Python. Each comes from the environment, or
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
  /** Arguments with which a command must end with 0, if the machine may have one that cannot do the job. */
  readonly trial?: readonly string[]
  readonly debianPackages: readonly string[]
  /** How to install it with Homebrew. */
  readonly brew: string
}

const PROGRAMS: readonly Program[] = [
  {
    suites: ['chaos', 'bench', 'plain'],
    variable: 'TEST_REDIS_SERVER',
    commands: ['redis-server'],
    debianPackages: ['redis-server'],
    brew: 'brew install redis',
  },
  {
    suites: ['chaos', 'plain'],
    variable: 'TEST_NGINX',
    commands: ['nginx'],
    debianPackages: ['nginx'],
    brew: 'brew install nginx',
  },
  {
    suites: ['chaos', 'plain'],
    variable: 'CHROMIUM_PATH',
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    debianPackages: ['chromium'],
    brew: 'brew install chromium',
  },
  {
    suites: ['chaos'],
    variable: 'TEST_CC',
    commands: ['cc', 'gcc'],
    debianPackages: ['gcc'],
    brew: 'brew install gcc',
  },
  {
    suites: ['chaos'],
    variable: 'TEST_PYTHON',
    commands: ['python3'],
    trial: ['-c', 'import jwt, cryptography'],
    debianPackages: ['python3-jwt', 'python3-cryptography'],
    brew: "brew install python && pip3 install 'pyjwt[crypto]'",
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

  const [aptGet] = findCommands('apt-get', env)
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
    programs.map(({ variable, commands, trial }) => {
      const named = env[variable]
      if (named) return [variable, requireExecutable(variable, named)]
      const found = commands.flatMap((command) => findCommands(command, env))
      return [variable, found.find((path) => trial === undefined || succeeds(path, trial))]
    }),
  )
}

function requireExecutable(variable: string, path: string): string {
  if (isExecutable(path)) return path
  throw new MissingProgramError(
    `${variable} is ${path}, which is not an executable program. To fix: unset ${variable}`,
  )
}

function findCommands(command: string, env: NodeJS.ProcessEnv): string[] {
  const directories = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  // Debian installs servers in directories that are not in a user's PATH.
  if (process.platform !== 'win32') directories.push('/usr/local/sbin', '/usr/sbin')
  return directories.map((directory) => join(directory, command)).filter(isExecutable)
}

function succeeds(path: string, args: readonly string[]): boolean {
  return spawnSync(path, args, { stdio: 'ignore' }).status === 0
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
  const packages = missing.flatMap(({ debianPackages }) => debianPackages)
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
  const names = absent.flatMap(({ debianPackages }) => debianPackages).join(' and ')
  return `The tests need ${names}. To fix: ${describeFix(absent, hasApt)}`
}

function describeFix(absent: readonly Program[], hasApt: boolean): string {
  const packages = absent.flatMap(({ debianPackages }) => debianPackages).join(' ')
  if (hasApt) return `sudo apt-get update && sudo apt-get install -y ${packages}`
  if (process.platform === 'darwin') {
    return absent.map(({ brew }) => brew).join(' && ')
  }
  const variables = absent.map(
    ({ variable, commands: [command] }) => `${variable}=/path/to/${command}`,
  )
  return `${variables.join(' ')} npm test`
}
