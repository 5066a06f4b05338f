import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const consent: Catalogue['consent'] = {
  unnamedClient: 'ein Client ohne Namen',
  title: (client) => `Darf ${client} zugreifen?`,
  heading: (client, resource) => html`Darf ${client} auf ${resource} zugreifen?`,
  whoIsAsking: 'Wer anfragt',
  whatItCouldDo: 'Was der Client tun könnte',
  whereTheAnswerGoes: 'Wohin die Antwort geht',
  howYouSignIn: 'Wie Sie sich anmelden',
  nameFromDocument:
    'Der Name des Clients stammt aus einem Dokument, das unter dieser Adresse veröffentlicht ist.',
  notVerified: 'Nicht geprüft',
  registeredItself: 'Dieser Client hat sich selbst registriert; sein Name wurde nicht geprüft.',
  setUpByOperator: 'Dieser Client wurde vom Betreiber dieses Servers eingerichtet.',
  atResource: (resource) => html`Bei ${resource}`,
  noScopes: 'Die Anfrage nennt keine bestimmte Berechtigung.',
  newScopes: 'Neue Berechtigungen',
  allowedScopes: 'Bereits erlaubt, bleibt bestehen',
  staysConnected: 'Der Client bleibt außerdem verbunden, während Sie nicht da sind.',
  upstreamAccess: (resource, upstream) =>
    html`${resource} erhält auch Zugriff auf Ihr Konto bei ${upstream}, während Sie es verwenden:`,
  careful: 'Vorsicht:',
  toLoopback:
    'Die Antwort geht an ein Programm auf diesem Computer, und dieser Server kann nicht erkennen, an welches. Fahren Sie nur fort, wenn Sie diese Anmeldung gerade eben selbst begonnen haben.',
  toPrivateUse: (scheme) =>
    html`Die Antwort geht an eine App auf diesem Gerät, die Links mit ${scheme} öffnet, und jede App kann solche Links für sich beanspruchen. Fahren Sie nur fort, wenn Sie diese Anmeldung gerade eben selbst begonnen haben.`,
  fullAddress: (address) => html`Vollständige Adresse: ${address}`,
  willSignIn: (upstream) => html`Sobald Sie zustimmen, melden Sie sich mit ${upstream} an.`,
  signedIn: (account, upstream) =>
    html`Sie sind mit ${upstream} als ${account} angemeldet. Sie können mit diesem oder mit einem anderen Konto zustimmen.`,
  allow: 'Erlauben',
  allowAndSignIn: (upstream) => html`Erlauben und mit ${upstream} anmelden`,
  anotherAccount: 'Anderes Konto verwenden',
  deny: 'Ablehnen',
  footnote:
    'Ohne Ihre Zustimmung wird nichts weitergegeben. Wenn Sie diese Seite nicht erwartet haben, lehnen Sie ab.',
}

export const oidcLines: Catalogue['oidcLines'] = {
  openid: 'Erfahren, welches Ihr Konto ist',
  profile: 'Ihren Namen und Ihr Bild sehen',
  email: 'Ihre E-Mail-Adresse sehen',
  offline_access: 'Verbunden bleiben, während Sie nicht da sind',
}
