import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const message: Catalogue['message'] = {
  moves: {
    you: 'Was Sie tun können',
    wait: 'Sie brauchen nur zu warten',
    operator: 'Jetzt sind die Betreiber dieses Servers am Zug',
    mcpServer: 'Jetzt sind die Betreiber des MCP-Servers am Zug',
    client: 'Jetzt sind die Hersteller der App am Zug',
  },
  reference: (reference) =>
    html`Wenn Sie um Hilfe bitten, geben Sie diese Kennung an: ${reference}`,
  tryAgain: 'Erneut versuchen',
  backToClient: 'Zurück zur App',
  anotherAccount: 'Anderes Konto verwenden',
  goOnTo: (host) => `Weiter zu ${host}`,
  onlyIfKnown:
    'Niemand hat diese App geprüft. Gehen Sie nur weiter zu ihrer Adresse, wenn Sie sie kennen und diese Anmeldung selbst begonnen haben.',
  details: 'Einzelheiten',
  askedFor: 'Die App hat verlangt',
  askedForNone: 'Sie hat keinen genannt.',
  knownHere: 'Dieser Server kennt',
  error: 'Fehler',
  forSupport: 'Was Sie dem Support schicken können',
  howToCopy: 'Markieren Sie diesen Text und kopieren Sie ihn. Er enthält keine Geheimnisse.',
}

export const landing: Catalogue['landing'] = {
  title: 'Anmeldung für MCP-Server',
  purpose: 'Hier melden Apps Sie an',
  nothingToDo:
    'Sie müssen hier nichts tun: Beginnen Sie in Ihrer App. Sie öffnet diese Website, wenn sie Sie braucht.',
  account: 'Sehen, welche Apps Zugriff haben',
  forOperators: 'Für Betreiber und Entwickler',
  notAnMcpServer:
    'Das ist die Adresse des Autorisierungsservers. Geben Sie in einer App stattdessen die Adresse des MCP-Servers ein.',
  oauthMetadata: 'Metadaten (OAuth 2.0)',
  openidMetadata: 'Metadaten (OpenID Connect)',
  keys: 'Signaturschlüssel',
  isAlive: 'Zustand: Der Prozess antwortet',
  isReady: 'Zustand: Der Speicher antwortet',
}

export const refusal: Catalogue['refusal'] = {
  title: 'Dieses Konto hat keinen Zugriff',
  signedIn: (account, upstream) => html`Sie haben sich mit ${upstream} als ${account} angemeldet.`,
  mayNotUse: (resource) => html`Dieses Konto darf ${resource} nicht verwenden.`,
  mayUseNothing: 'Dieses Konto darf hier keinen MCP-Server verwenden.',
  mayNotGrant: (resource) =>
    html`Dieses Konto darf ${resource} verwenden, aber nicht mit den Berechtigungen, die die App verlangt.`,
  useAnother: 'Wenn Sie ein anderes Konto haben, verwenden Sie dieses.',
  ask: (contact) => html`Um Zugriff zu erhalten, fragen Sie hier: ${contact}`,
  askOperator: 'Um Zugriff zu erhalten, fragen Sie die Betreiber dieses Servers.',
}

export const links: Catalogue['links'] = {
  label: 'Über diesen Dienst',
  terms: 'Nutzungsbedingungen',
  privacy: 'Datenschutz',
  support: 'Hilfe',
  account: 'Ihr Konto',
}
