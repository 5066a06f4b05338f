// A thief presents a refresh token that its owner has traded in, and hangs up before the answer: the server does not
// judge requests that nobody waits for. The thief gains nothing, and is found out as soon as one answer is read.
import { after, before } from 'node:test'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { mockClock, type TestClock } from '../support/clock.ts'
import { leave } from '../support/hang-up.ts'
import { type HeldStore, openHeldStore } from '../support/held-store.ts'
import { type Client, logIn, refresh } from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let clock: TestClock
let held: HeldStore
let server: TestServer
before(async () => {
  clock = mockClock()
  held = await openHeldStore()
  server = await startTestServer({ overrides: { store: held.store } })
})
after(async () => {
  await server.close()
  clock.restore()
})

/** Presents the stolen token. Returns what the thief has read: `nothing` or an outcome. */
type Theft = (client: Client, stolen: unknown) => Promise<string>

const present: Theft = async (client, stolen) =>
  outcomeOf(await refresh(server.issuer, client, stolen))

const leaveBy =
  (how: 'destroy' | 'end'): Theft =>
  async (client, stolen) => {
    const left = await leave({ server, held }, client, stolen, how)
    return (await left.release()) || 'nothing'
  }

testAttacks<Theft>({
  guarantee: 'a thief who hangs up gains nothing and is found out by the next answer that is read',
  async run(theft) {
    const { client, tokens } = await logIn(server.issuer)
    const stolen = tokens['refresh_token']
    let owned = stolen
    for (let n = 0; n < 2; n += 1) {
      owned = (await refresh(server.issuer, client, owned)).body['refresh_token']
    }
    clock.advance(121)
    const read = await theft(client, stolen)
    const owner = outcomeOf(await refresh(server.issuer, client, owned))
    return `thief ${read}, owner ${owner}`
  },
  // Nobody has read an answer to the stolen token.
  honest: leaveBy('destroy'),
  control: 'thief nothing, owner 200',
  refusal: 'thief 400 invalid_grant, owner 400 invalid_grant',
  attacks: {
    'not at all': present,
    'five times, then waits': async (client, stolen) => {
      for (let n = 0; n < 5; n += 1) await leaveBy('destroy')(client, stolen)
      return present(client, stolen)
    },
    'while another request waits': async (client, stolen) => {
      const left = await leave({ server, held }, client, stolen)
      const read = await present(client, stolen)
      await left.release()
      return read
    },
    'in one direction, then waits': async (client, stolen) => {
      const read = await leaveBy('end')(client, stolen)
      return read === 'nothing' ? present(client, stolen) : read
    },
  },
})
