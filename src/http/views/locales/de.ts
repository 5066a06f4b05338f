import { html } from '../html.ts'
import type { Catalogue } from './catalogue.ts'
import { ENGINE_PAGES_DE, FAULTS_DE } from './de-faults.ts'
import { withDetail } from './fault-detail.ts'

const faultDetail = (detail: string) => `Der Fehler: ${detail}.`

export const de: Catalogue = {
  language: 'de',
  consent: {
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
  },
  account: {
    title: 'Ihr Konto',
    purpose:
      'Melden Sie sich an, um zu sehen, welche MCP-Clients in Ihrem Namen Zugriff haben, und um ihn zu entziehen.',
    signIn: (upstream) => html`Mit ${upstream} anmelden`,
    signedIn: (account, upstream) => html`Sie sind mit ${upstream} als ${account} angemeldet.`,
    clientsWithAccess: 'Clients mit Zugriff',
    noClients: 'Kein Client hat Zugriff in Ihrem Namen.',
    unnamedClient: 'Client ohne Namen',
    since: 'Seit',
    lastUsed: 'Zuletzt genutzt',
    neverUsed: 'Seither nicht',
    until: 'Bis',
    remove: 'Zugriff entziehen',
    removeOf: (client, resource) => html`Zugriff entziehen: ${client} auf ${resource}`,
    tokensRemain: (minutes) =>
      html`Ein Client, dem Sie den Zugriff entziehen, erhält keine neuen Zugriffstokens. Die, die er schon hat, gelten bis zu ihrem Ablauf weiter, höchstens ${minutes} Minuten.`,
    idleEnds: (days) =>
      html`Ein Client, der ${days} Tage lang keine neuen Tokens holt, verliert seinen Zugriff ebenfalls.`,
    removeAll: 'Allen Clients den Zugriff entziehen …',
    removeAllMeans:
      'Jeder Client in dieser Liste verliert seinen Zugriff, auf allen Ihren Geräten und in allen Programmen. Sie können jeden wieder erlauben.',
    removeAllNow: 'Allen jetzt den Zugriff entziehen',
    signOut: 'Abmelden',
    clientsKeepAccess: 'Beim Abmelden behalten Clients den Zugriff, den Sie ihnen erlaubt haben.',
    upstreamRemains: (upstream) => html`Bei ${upstream} bleiben Sie angemeldet.`,
    signOutHere: 'Hier abmelden',
    signOutEverywhere: 'In allen Browsern abmelden',
    done: {
      removed: 'Erledigt. Die Liste zeigt die Clients, die noch Zugriff haben.',
      'signed-out': 'Sie sind in diesem Browser abgemeldet.',
      'signed-out-everywhere': 'Sie sind in allen Browsern abgemeldet.',
    },
  },
  connect: {
    pageTitle: 'Einen MCP-Server verbinden',
    title: (server, upstream) => html`${server} mit ${upstream} verbinden?`,
    lead: (server, upstream) =>
      html`${server} bittet um Zugriff auf Ihr Konto bei ${upstream}, um es in Ihrem Namen zu verwenden, während Sie damit arbeiten.`,
    connect: (upstream) => html`Verbinden und bei ${upstream} anmelden`,
    footnote:
      'Wenn Sie diese Seite nicht erwartet haben, schließen Sie sie. Es wird nichts weitergegeben.',
    connectedTitle: 'Verbunden',
    connected: (server, account, upstream) =>
      html`${server} hat Zugriff auf Ihr Konto bei ${upstream}, während Sie es verwenden. Sie sind als ${account} angemeldet.`,
    goBack: 'Sie können diese Seite schließen und zu Ihrem MCP-Client zurückkehren.',
  },
  logout: {
    title: 'Abmelden?',
    whereYouGo: 'Wohin Sie danach gelangen',
    signOut: 'Abmelden',
    stay: 'Angemeldet bleiben',
    signedOutTitle: 'Sie sind abgemeldet',
    signedOut: 'In diesem Browser ist hier niemand angemeldet.',
  },
  oidcLines: {
    openid: 'Erfahren, welches Ihr Konto ist',
    profile: 'Ihren Namen und Ihr Bild sehen',
    email: 'Ihre E-Mail-Adresse sehen',
    offline_access: 'Verbunden bleiben, während Sie nicht da sind',
  },
  message: {
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
    faultDetail,
  },
  refusal: {
    title: 'Dieses Konto hat keinen Zugriff',
    signedIn: (account, upstream) =>
      html`Sie haben sich mit ${upstream} als ${account} angemeldet.`,
    mayNotUse: (resource) => html`Dieses Konto darf ${resource} nicht verwenden.`,
    mayNotGrant: (resource) =>
      html`Dieses Konto darf ${resource} verwenden, aber nicht mit den Berechtigungen, die der Client verlangt.`,
    useAnother: 'Wenn Sie ein anderes Konto haben, verwenden Sie dieses.',
    ask: (contact) => html`Um Zugriff zu erhalten, fragen Sie hier: ${contact}`,
    askOperator: 'Um Zugriff zu erhalten, fragen Sie die Betreiber dieses Servers.',
  },
  links: {
    label: 'Über diesen Dienst',
    terms: 'Nutzungsbedingungen',
    privacy: 'Datenschutz',
    support: 'Hilfe',
    account: 'Ihr Konto',
  },
  describeFault: (fault) => withDetail(FAULTS_DE[fault.code], fault, faultDetail),
  enginePages: ENGINE_PAGES_DE,
}
