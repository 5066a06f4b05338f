import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

const failed = 'Das hat nicht funktioniert'
const inAMinute = 'Versuchen Sie es in einer Minute noch einmal.'
const tellOperator = 'Falls das anhält, sagen Sie es den Betreibern dieses Servers.'
const askSupport =
  'Falls es wieder scheitert, schicken Sie den Text unten an die Betreiber dieses Servers.'
const tellMakers =
  'Falls es wieder scheitert, schicken Sie den Text unten an die Hersteller der App.'
const startAgain = 'Kehren Sie zur App zurück und beginnen Sie die Anmeldung neu.'
const updateAndStart = 'Aktualisieren Sie die App und beginnen Sie dort noch einmal.'
const allowCookies = 'Erlauben Sie Cookies für diese Website, falls Ihr Browser sie blockiert.'
const addAgain = 'Entfernen Sie den MCP-Server in der App und fügen Sie ihn wieder hinzu.'

export const problems: Catalogue['problems'] = {
  'storage-unreachable': {
    title: 'Gleich wieder da',
    message: 'Dieser Server erreicht seinen Speicher gerade nicht. Es geht nichts verloren.',
    steps: [inAMinute, tellOperator],
  },
  'server-too-slow': {
    title: 'Das hat zu lange gedauert',
    message: 'Dieser Server hat für die Antwort zu lange gebraucht. Es geht nichts verloren.',
    steps: [inAMinute, tellOperator],
  },
  'server-overloaded': {
    title: 'Gerade ist viel los',
    message: 'Dieser Server hat im Moment zu viele Anfragen. Es geht nichts verloren.',
    steps: ['Versuchen Sie es in ein paar Sekunden noch einmal.'],
  },
  'too-many-requests': {
    title: 'Zu viele Anfragen',
    message:
      'Ihr Netz oder Ihre App hat mehr Anfragen gesendet, als dieser Server zulässt. Es geht nichts verloren.',
    steps: ['Warten Sie eine Minute und versuchen Sie es dann noch einmal.', tellOperator],
  },
  'internal-error': {
    title: failed,
    message: 'Auf diesem Server ist etwas schiefgegangen.',
    steps: ['Versuchen Sie es noch einmal.', askSupport],
  },
  'not-found': {
    title: 'Hier ist nichts',
    message: 'Unter dieser Adresse gibt es nichts.',
    steps: [
      'Prüfen Sie die Adresse.',
      'Geben Sie in Ihrer App die Adresse des MCP-Servers ein, nicht die dieses Servers.',
    ],
  },
  'request-not-valid': {
    title: 'Diese Anmeldeanfrage ist nicht gültig',
    message:
      'Die App, die Sie hierher geschickt hat, hat eine Anfrage gestellt, die dieser Server nicht verarbeiten kann.',
    steps: [updateAndStart, tellMakers],
  },
  'sign-in-expired': {
    title: 'Diese Anmeldung ist abgelaufen',
    message: 'Sie hat zu lange gedauert, wurde schon abgeschlossen, oder ihr Cookie fehlt.',
    steps: [startAgain, allowCookies],
  },
  'sign-in-in-another-browser': {
    title: 'Diese Anmeldung kann hier nicht weitergehen',
    message:
      'Sie wurde in einem anderen Browser begonnen oder schon abgeschlossen, oder ihr Cookie fehlt.',
    steps: [
      startAgain,
      'Schließen Sie sie im selben Browser ab und erlauben Sie Cookies für diese Website.',
    ],
  },
  'new-sign-in-not-confirmed': {
    title: 'Eine neue Anmeldung ist nötig',
    message: (upstream) =>
      html`Die App verlangt eine neue Anmeldung, und ${upstream} hat keine bestätigt.`,
    steps: [
      (upstream) =>
        html`Versuchen Sie es noch einmal und melden Sie sich neu an, wenn ${upstream} das zulässt.`,
      (upstream) =>
        html`Falls das anhält, kann ${upstream} neue Anmeldungen nicht bestätigen: Sagen Sie es den Herstellern der App.`,
    ],
  },
  'form-expired': {
    title: 'Bitte versuchen Sie das noch einmal',
    message:
      'Dieses Formular gilt nicht mehr: Sie haben sich inzwischen an- oder abgemeldet, oder eine andere Website hat es gesendet. Es wurde nichts geändert.',
    steps: [
      'Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.',
      allowCookies,
    ],
  },
  'account-disabled': {
    title: 'Dieses Konto ist gesperrt',
    message: 'Ihr Konto ist auf diesem Server gesperrt.',
    steps: [
      'Wenn Sie das für einen Irrtum halten, fragen Sie die Betreiber dieses Servers.',
      'Wenn Sie ein anderes Konto haben, melden Sie sich damit an.',
    ],
  },
  'provider-unreachable': {
    title: 'Die Anmeldung ist vorübergehend nicht möglich',
    message: (upstream) =>
      html`Sie melden sich mit ${upstream} an, und das erreicht dieser Server im Moment nicht.`,
    steps: [
      inAMinute,
      (upstream) =>
        html`Falls ${upstream} anderswo funktioniert, sagen Sie es den Betreibern dieses Servers.`,
    ],
  },
  'sign-in-cancelled': {
    title: 'Sie wurden nicht angemeldet',
    message: (upstream) => html`Die Anmeldung wurde abgebrochen oder von ${upstream} abgelehnt.`,
    steps: [
      'Versuchen Sie es noch einmal oder melden Sie sich mit einem anderen Konto an.',
      (upstream) =>
        html`Wenn Sie nicht selbst abgebrochen haben, fragen Sie die Administratoren von ${upstream}.`,
    ],
  },
  'provider-response-refused': {
    title: 'Die Anmeldung ist fehlgeschlagen',
    message: (upstream) =>
      html`${upstream} hat eine Antwort geschickt, die dieser Server nicht annehmen kann.`,
    steps: ['Versuchen Sie es noch einmal.', askSupport],
  },
  'organisation-not-allowed': {
    title: 'Dieses Konto ist hier nicht zugelassen',
    message: (upstream) =>
      html`Ihr Konto bei ${upstream} gehört zu einer Organisation, deren Mitglieder sich hier nicht anmelden dürfen.`,
    steps: [
      'Melden Sie sich mit einem Konto der richtigen Organisation an.',
      'Wenn das die richtige ist, sagen Sie es den Betreibern dieses Servers.',
    ],
  },
  'sign-in-ended-by-provider': {
    title: 'Bitte melden Sie sich neu an',
    message: (upstream) => html`${upstream} hat Ihre Anmeldung beendet.`,
    steps: ['Melden Sie sich noch einmal an.'],
  },
  'client-metadata-unreachable': {
    title: 'Diese App kann nicht nachgeschlagen werden',
    message:
      'Die App beschreibt sich selbst auf einer Seite im Web, die dieser Server gerade nicht abrufen kann.',
    steps: [
      inAMinute,
      'Falls das anhält, sagen Sie es den Betreibern dieses Servers: Vielleicht erreicht er das Internet nicht. Sie können Apps auch erlauben, sich zu registrieren.',
    ],
  },
  'client-metadata-refused': {
    title: 'Diese App kann hier nicht verwendet werden',
    message: 'Die App beschreibt sich selbst auf einer Seite im Web, und die enthält einen Fehler.',
    steps: [
      'Schicken Sie den Text unten an die Hersteller der App.',
      'Sobald der Fehler behoben ist, versuchen Sie es nach einer Minute noch einmal.',
    ],
  },
  'client-metadata-missing': {
    title: 'Diese App ist hier nicht bekannt',
    message:
      'Die App hat die Beschreibung ihrer selbst im Web zurückgezogen oder nie veröffentlicht.',
    steps: [`Aktualisieren Sie die App. ${addAgain}`, tellMakers],
  },
  'client-not-allowed': {
    title: 'Diese App ist hier nicht erlaubt',
    message: 'Die Betreiber dieses Servers haben diese App nicht erlaubt.',
    steps: ['Schicken Sie ihnen den Text unten und bitten Sie sie, die App zu erlauben.'],
  },
  'client-unknown': {
    title: 'Diese App ist hier nicht bekannt',
    message:
      'Die App ist bei diesem Server nicht registriert, oder ihre Registrierung ist abgelaufen.',
    steps: [
      `${addAgain} Die App registriert sich dann neu.`,
      'Falls es wieder scheitert, löschen Sie die Anmeldung, die in der App gespeichert ist.',
    ],
  },
  'redirect-uri-unknown': {
    title: 'Die Antwort ginge an eine unbekannte Adresse',
    message:
      'Die App wollte die Antwort an eine Adresse haben, die sie nicht registriert hat. Es wurde nichts gesendet.',
    steps: [
      addAgain,
      'Wenn Sie diese Anmeldung nicht selbst begonnen haben, schließen Sie diese Seite.',
    ],
  },
  'resource-unknown': {
    title: 'Dieser MCP-Server kann hier nicht verwendet werden',
    message:
      'Die App hat Zugriff auf einen MCP-Server verlangt, dessen Adresse dieser Server nicht kennt.',
    steps: [
      'Prüfen Sie die Adresse des MCP-Servers in Ihrer App.',
      'Wenn sie stimmt, schicken Sie ihnen den Text unten: Die beiden Adressen unter „Einzelheiten“ müssen gleich sein.',
    ],
  },
  'resource-not-named': {
    title: 'Die App muss einen MCP-Server nennen',
    message:
      'Eine App bekommt immer nur Zugriff auf einen MCP-Server. Diese hat keinen genannt, oder mehrere.',
    steps: [updateAndStart, tellMakers],
  },
}
