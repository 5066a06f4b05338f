import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const message: Catalogue['message'] = {
  nextSteps: 'Was Sie tun können',
  reference: (reference) =>
    html`Wenn Sie um Hilfe bitten, geben Sie diese Kennung an: ${reference}`,
  tryAgain: 'Erneut versuchen',
  goOnTo: (host) => `Weiter zu ${host}`,
  onlyIfKnown:
    'Niemand hat diesen Client geprüft. Gehen Sie nur weiter zu seiner Adresse, wenn Sie sie kennen und diese Anmeldung selbst begonnen haben.',
  backToClient: 'Zurück zum Client',
  askedFor: (resources) => html`Er hat verlangt: ${resources}`,
  askedForNone: 'Er hat keinen genannt.',
  availableHere: (resources) => html`Hier verfügbar: ${resources}`,
  faultDetail: (detail) => `Der Fehler: ${detail}.`,
}

export const refusal: Catalogue['refusal'] = {
  title: 'Dieses Konto hat keinen Zugriff',
  signedIn: (account, upstream) => html`Sie haben sich mit ${upstream} als ${account} angemeldet.`,
  mayNotUse: (resource) => html`Dieses Konto darf ${resource} nicht verwenden.`,
  mayUseNothing: 'Dieses Konto darf hier keinen MCP-Server verwenden.',
  mayNotGrant: (resource) =>
    html`Dieses Konto darf ${resource} verwenden, aber nicht mit den Berechtigungen, die der Client verlangt.`,
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
