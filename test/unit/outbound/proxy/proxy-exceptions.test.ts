import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noProxy } from '../../../../src/config/proxy/no-proxy.ts'
import { createExceptionCheck } from '../../../../src/outbound/proxy/proxy-exceptions.ts'

function excepted(entry: string, url: string): boolean {
  const { hostname, port } = new URL(url)
  const isExcepted = createExceptionCheck(noProxy.parse([entry]))
  return isExcepted({ hostname, port: Number(port || 443) })
}

for (const [entry, inside, outside] of [
  [
    'corp.com',
    ['https://corp.com', 'https://a.corp.com', 'https://corp.com:8443'],
    ['https://xcorp.com', 'https://corp.com.evil.com'],
  ],
  [
    '.corp.com',
    ['https://corp.com', 'https://a.b.corp.com', 'https://A.CORP.com.'],
    ['https://com'],
  ],
  [
    'corp.com:8443',
    ['https://corp.com:8443', 'https://a.corp.com:8443'],
    ['https://corp.com', 'https://corp.com:84'],
  ],
  [
    '10.0.0.0/8',
    ['https://10.1.2.3'],
    ['https://11.0.0.1', 'https://10.example', 'https://[fd00::1]'],
  ],
  ['127.0.0.1', ['https://127.0.0.1:8443', 'https://127.1'], ['https://127.0.0.2']],
  ['127.0.0.1:8443', ['https://127.0.0.1:8443'], ['https://127.0.0.1']],
  [
    'fd00::/8',
    ['https://[fd00::1]', 'https://[fd12:3::4]:8443'],
    ['https://[2001::1]', 'https://10.0.0.1'],
  ],
  ['*', ['https://corp.com', 'https://10.0.0.1', 'https://[::1]'], []],
] as const) {
  test(`NO_PROXY=${entry} excepts its hosts, and no others`, () => {
    for (const url of inside) assert.ok(excepted(entry, url), url)
    for (const url of outside) assert.ok(!excepted(entry, url), url)
  })
}
