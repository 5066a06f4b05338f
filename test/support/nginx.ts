// nginx with docs/samples/nginx.conf, in front of replicas on loopback ports, without root.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from './free-port.ts'
import { isListening } from './server-process.ts'

const SAMPLE = join(import.meta.dirname, '../../docs/samples/nginx.conf')
const START_TIMEOUT_MS = 5000

export interface Nginx {
  /** `http://localhost:PORT` */
  readonly url: string
  /** The content of its error log. */
  readErrors(): Promise<string>
  close(): Promise<void>
}

/** @param directives the values of directives that differ from the sample's */
export async function startNginx(
  replicaPorts: readonly number[],
  directives: Readonly<Record<string, string>> = {},
): Promise<Nginx> {
  const directory = await mkdtemp(join(tmpdir(), 'nginx-'))
  const port = await findFreePort()
  const configFile = join(directory, 'nginx.conf')
  const errorLog = join(directory, 'error.log')
  const sample = await adaptSample(port, replicaPorts, errorLog)
  const site = replaceDirectives(sample, directives)
  await writeFile(configFile, createMainConfig(directory, site))
  const command = process.env['TEST_NGINX'] ?? 'nginx'
  const child = spawn(command, ['-p', directory, '-c', configFile, '-e', errorLog], {
    stdio: 'ignore',
  })
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const exited = once(child, 'exit')
  const readErrors = () => readFile(errorLog, 'utf8').catch(() => '')
  const close = async (): Promise<void> => {
    process.off('exit', killAtExit)
    child.kill('SIGKILL')
    await exited
    await rm(directory, { recursive: true, force: true })
  }

  const endsAtMs = performance.now() + START_TIMEOUT_MS
  while (!(await isListening(port))) {
    if (child.exitCode !== null || performance.now() > endsAtMs) {
      const errors = await readErrors()
      await close()
      throw new Error(`nginx does not listen: ${errors}`)
    }
    await sleep(20)
  }
  return { url: `http://localhost:${port}`, readErrors, close }
}

/** The sample configuration with our addresses, and without TLS. */
async function adaptSample(
  port: number,
  replicaPorts: readonly number[],
  errorLog: string,
): Promise<string> {
  const sample = await readFile(SAMPLE, 'utf8')
  const servers = [...sample.matchAll(/^ *server \S+:4000( .*)?;\n/gm)]
  assert.equal(servers.length, replicaPorts.length, 'the sample has the same number of replicas')
  const adapted = servers
    .reduce((text, [line], n) => {
      return text.replace(line, line.replace(/\S+:4000/, `127.0.0.1:${replicaPorts[n]}`))
    }, sample)
    .replace(/error_log .*;/, `error_log ${errorLog};`)
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
    .replace(/^ *ssl_certificate.*\n/gm, '')
    .replace(/server_name .*;/, 'server_name localhost;')
  assert.doesNotMatch(adapted, /ssl;|ssl_|example\.com;/)
  return adapted
}

function replaceDirectives(site: string, directives: Readonly<Record<string, string>>): string {
  return Object.entries(directives).reduce((text, [name, value]) => {
    const directive = new RegExp(`^( *${name}) .*;$`, 'm')
    assert.match(text, directive, `the sample has ${name}`)
    return text.replace(directive, `$1 ${value};`)
  }, site)
}

function createMainConfig(directory: string, site: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  )
  return [
    'daemon off;',
    // A single process, our child: no other process outlives the test.
    'master_process off;',
    `pid ${directory}/nginx.pid;`,
    'events { worker_connections 512; }',
    'http {',
    'access_log off;',
    ...temporary,
    site,
    '}',
  ].join('\n')
}
