// `policy explain`: what the access rules say about a person, by the claims of a file or of an account.
import { readFileSync } from 'node:fs'
import type { AccessSubject } from '../../domain/access/access-condition.ts'
import { createAccessPolicy } from '../../domain/access/access-policy.ts'
import { type AccessExplanation, explainAccess } from '../../domain/access/explain-access.ts'
import { createResourceServers } from '../../domain/resource-server.ts'
import { reasonOf } from '../../errors.ts'
import { isObject, type Members } from '../../oauth/json-members.ts'
import { parseIdentity } from '../../upstream/identity.ts'
import { AdminError, UsageError } from '../admin-error.ts'
import { type Block, type Call, type Command, textOption } from '../command.ts'
import { findAccount } from '../find-account.ts'

const UNKNOWN = 'not told since the last sign-in'

const explain: Command = {
  name: 'policy explain',
  operands: [],
  summary: 'say which access rules count for a person, and what that person would get',
  details: `Give --claims or --account. FILE is JSON: the claims as the upstream sends them, in the ID
token or in userinfo. With --claims, the store is not read.`,
  options: {
    claims: { type: 'string', placeholder: 'FILE', help: 'of somebody with these claims' },
    account: {
      type: 'string',
      placeholder: 'ACCOUNT',
      help: 'of an account, as the upstream last described it',
    },
    resource: { type: 'string', placeholder: 'URI', help: 'at this MCP server only' },
  },
  async run(call) {
    const servers = readServers(call)
    const subject = await readSubject(call)
    const policy = createAccessPolicy(call.config)
    const explanation = explainAccess({ policy, servers, subject })
    const { verifiedEmail, emailDomain, accessClaims, unknownClaims = [] } = subject
    const person = {
      verifiedEmail: verifiedEmail ?? null,
      emailDomain: emailDomain ?? null,
      accessClaims: accessClaims ?? {},
      unknownClaims,
      isAddressUnknown: subject.isAddressUnknown === true,
    }
    return {
      json: { person, isOpen: policy.isOpen, ...explanation },
      blocks: [
        {
          fields: [
            ['verified e-mail', verifiedEmail ?? (person.isAddressUnknown ? UNKNOWN : '-')],
            ['e-mail domain', emailDomain ?? '-'],
            ...Object.entries(person.accessClaims).map(
              ([name, value]) => [`claim ${name}`, JSON.stringify(value)] as const,
            ),
            ...unknownClaims.map((name) => [`claim ${name}`, UNKNOWN] as const),
          ],
        },
        '',
        ...(policy.isOpen
          ? [
              'There are no access rules: everybody whom the upstream signs in may use everything.',
              '',
            ]
          : describeRules(explanation)),
        describeResources(explanation),
      ],
    }
  },
}

function readServers({ config, options }: Call) {
  const servers = createResourceServers(config)
  const resource = textOption(options, 'resource')
  if (resource === undefined) return servers.all
  const server = servers.find(resource)
  if (!server) throw new AdminError(`no MCP server is configured as ${resource}`)
  return [server]
}

async function readSubject(call: Call): Promise<AccessSubject> {
  const path = textOption(call.options, 'claims')
  const account = textOption(call.options, 'account')
  if ((path === undefined) === (account === undefined)) {
    throw new UsageError('give either --claims FILE or --account ACCOUNT')
  }
  if (path !== undefined) return parseSubject(readClaims(path), call.config)
  return (await findAccount(await call.openRecords(), account ?? '')).value
}

function readClaims(path: string): Members {
  let claims: unknown
  try {
    claims = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new AdminError(`cannot read JSON from ${path}`, { cause })
  }
  if (!isObject(claims)) throw new AdminError(`${path} must hold an object of claims`)
  return claims
}

/** As at a sign-in. A subject is not needed: no rule asks for it. */
function parseSubject(claims: Members, { upstream }: Call['config']): AccessSubject {
  const placeholder = Object.fromEntries(upstream.subjectClaims.map((name) => [name, '0']))
  try {
    return parseIdentity({ ...placeholder, ...claims }, {}, upstream)
  } catch (error) {
    const isShape = error instanceof Error && error.name.endsWith('ZodError')
    const why = isShape ? `${upstream.subjectClaims.join(', ')} must be text` : reasonOf(error)
    throw new AdminError(`a sign-in with these claims fails before any rule is asked: ${why}`)
  }
}

function describeRules({ rules }: AccessExplanation): Block[] {
  return [
    {
      columns: ['RULE', 'EFFECT', 'CONDITION', 'COUNTS'],
      rows: rules.map(({ name, effect, condition, applies }) => [
        name,
        effect,
        condition,
        applies ? 'yes' : 'no',
      ]),
    },
    '',
  ]
}

function describeResources({ resources }: AccessExplanation): Block {
  return {
    columns: ['MCP SERVER', 'ACCESS', 'SCOPES', 'BY RULE'],
    rows: resources.map((decision) =>
      decision.kind === 'allowed'
        ? [decision.resource, 'yes', decision.scopes.join(' '), decision.rules.join(', ')]
        : [decision.resource, 'no', '', decision.rule ?? 'no rule allows it'],
    ),
  }
}

export const POLICY_COMMANDS = [explain]
