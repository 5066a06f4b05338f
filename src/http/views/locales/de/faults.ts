import type { AppErrorCode } from '../../../../errors.ts'
import type { EnginePageName, PageText } from '../../error-pages.ts'

const failed = 'Das hat nicht funktioniert'
const startAgain = 'Kehren Sie zu Ihrem MCP-Client zurück und beginnen Sie die Anmeldung neu.'
const inAMinute = 'Versuchen Sie es in einer Minute erneut.'
const allowCookies = 'Erlauben Sie Cookies für diese Website, falls Ihr Browser sie blockiert.'
const giveReference =
  'Falls das anhält, nennen Sie den Betreibern dieses Servers die Kennung unten.'
const tellOperator = 'Falls das anhält, sagen Sie es den Betreibern dieses Servers.'
const askForRegistration =
  'Falls das anhält, sagen Sie es den Betreibern dieses Servers: Vielleicht erreicht er das Internet nicht. ' +
  'Die Betreiber können Clients erlauben, sich stattdessen zu registrieren.'
const tokenSteps = ['Melden Sie sich mit Ihrem MCP-Client erneut an.']
const addressSteps = ['Prüfen Sie die Adresse. MCP-Clients finden die richtigen selbst.']

export const faults: Readonly<Record<AppErrorCode, PageText>> = {
  store_unavailable: {
    title: 'Gleich wieder da',
    message: 'Der Server erreicht seinen Speicher gerade nicht. Es geht nichts verloren.',
    nextSteps: [inAMinute],
  },
  overdue: {
    title: failed,
    message: 'Der Server hat für die Antwort zu lange gebraucht. Es geht nichts verloren.',
    nextSteps: [inAMinute],
  },
  overloaded: {
    title: 'Gerade ist viel los',
    message: 'Der Server hat im Moment zu viele Anfragen. Es geht nichts verloren.',
    nextSteps: ['Versuchen Sie es in ein paar Sekunden noch einmal.'],
  },
  upstream_unavailable: {
    title: 'Die Anmeldung ist vorübergehend nicht möglich',
    message: 'Der Anmeldedienst ist im Moment nicht erreichbar.',
    nextSteps: [inAMinute, tellOperator],
  },
  upstream_grant_ended: {
    title: 'Bitte melden Sie sich neu an',
    message: 'Der Anmeldedienst hat diese Anmeldung beendet.',
    nextSteps: tokenSteps,
  },
  upstream_denied: {
    title: 'Sie wurden nicht angemeldet',
    message: 'Die Anmeldung wurde abgebrochen oder vom Anmeldedienst abgelehnt.',
    nextSteps: ['Versuchen Sie es erneut oder melden Sie sich mit einem anderen Konto an.'],
  },
  account_disabled: {
    title: 'Dieses Konto ist gesperrt',
    message: 'Ihr Konto ist auf diesem Server gesperrt.',
    nextSteps: [
      'Melden Sie sich mit einem anderen Konto an, wenn Sie eines haben.',
      'Wenn Sie das für einen Irrtum halten, fragen Sie die Betreiber dieses Servers.',
    ],
  },
  upstream_account_refused: {
    title: 'Dieses Konto ist hier nicht zugelassen',
    message:
      'Das Konto gehört zu einer Organisation, deren Mitglieder sich hier nicht anmelden dürfen.',
    nextSteps: ['Melden Sie sich mit einem Konto der richtigen Organisation an.', tellOperator],
  },
  upstream_failed: {
    title: 'Die Anmeldung ist fehlgeschlagen',
    message: 'Die Antwort des Anmeldedienstes konnte dieser Server nicht annehmen.',
    nextSteps: ['Versuchen Sie es erneut.', giveReference],
  },
  invalid_callback: {
    title: 'Die Anmeldung ist fehlgeschlagen',
    message: 'Die Antwort des Anmeldedienstes ist unvollständig oder wurde unterwegs verändert.',
    nextSteps: ['Versuchen Sie es erneut.', giveReference],
  },
  login_not_fresh: {
    title: 'Eine neue Anmeldung ist nötig',
    message: 'Der Client verlangt eine neue Anmeldung, und der Anmeldedienst hat keine bestätigt.',
    nextSteps: [
      'Versuchen Sie es erneut und melden Sie sich neu an, wenn der Anmeldedienst das zulässt.',
      'Falls das anhält, kann der Anmeldedienst sie nicht bestätigen: Sagen Sie es den Herstellern des Clients.',
    ],
  },
  client_document_unavailable: {
    title: 'Der Client kann nicht nachgeschlagen werden',
    message: 'Das Metadaten-Dokument dieses Clients lässt sich im Moment nicht abrufen.',
    nextSteps: [inAMinute, askForRegistration],
  },
  client_document_unresolved: {
    title: 'Der Client kann nicht nachgeschlagen werden',
    message: 'Dieser Server findet den Host des Metadaten-Dokuments dieses Clients nicht.',
    nextSteps: [inAMinute, askForRegistration],
  },
  client_document_refused: {
    title: 'Dieser Client kann hier nicht verwendet werden',
    message: 'Das Metadaten-Dokument dieses Clients ist nicht verwendbar.',
    nextSteps: [
      'Sagen Sie es den Herstellern des Clients: Das Dokument liegt unter der Adresse, die seine client_id ist.',
      'Sobald es berichtigt ist, versuchen Sie es nach einer Minute erneut.',
    ],
  },
  client_document_withdrawn: {
    title: 'Dieser Client ist hier nicht bekannt',
    message:
      'Es gibt kein Metadaten-Dokument dieses Clients: Es wurde zurückgezogen oder nie veröffentlicht.',
    nextSteps: [
      'Aktualisieren Sie Ihren MCP-Client, entfernen Sie diesen MCP-Server und fügen Sie ihn wieder hinzu.',
    ],
  },
  client_document_not_allowed: {
    title: 'Dieser Client ist hier nicht erlaubt',
    message: 'Dieser Server nimmt das Metadaten-Dokument dieses Clients nicht an.',
    nextSteps: ['Bitten Sie die Betreiber dieses Servers, den Client zu erlauben.'],
  },
  client_keys_unavailable: {
    title: 'Der Client kann nicht nachgeschlagen werden',
    message: 'Die Schlüssel dieses Clients lassen sich im Moment nicht abrufen.',
    nextSteps: [inAMinute, tellOperator],
  },
  client_keys_refused: {
    title: 'Dieser Client kann hier nicht verwendet werden',
    message: 'Die Schlüssel dieses Clients sind nicht verwendbar.',
    nextSteps: ['Sagen Sie es den Herstellern des Clients.'],
  },
  dpop_required: {
    title: failed,
    message:
      'Das Zugriffstoken ist an einen Schlüssel gebunden, und der Nachweis dafür (DPoP) fehlt.',
    nextSteps: tokenSteps,
  },
  invalid_dpop_proof: {
    title: failed,
    message: 'Der DPoP-Nachweis ist nicht gültig.',
    nextSteps: tokenSteps,
  },
  use_dpop_nonce: {
    title: failed,
    message: 'Der DPoP-Nachweis braucht die Nonce, die dieser Server mitgeschickt hat.',
    nextSteps: tokenSteps,
  },
  interaction_expired: {
    title: 'Diese Anmeldung ist abgelaufen',
    message:
      'Diese Anmeldung ist abgelaufen, wurde schon abgeschlossen oder gehört zu einem anderen Browser.',
    nextSteps: [startAgain, allowCookies],
  },
  login_attempt_foreign: {
    title: 'Diese Anmeldung kann hier nicht weitergehen',
    message:
      'Diese Anmeldung wurde schon abgeschlossen oder in einem anderen Browser begonnen, oder ihr Cookie fehlt.',
    nextSteps: [
      startAgain,
      'Schließen Sie sie im selben Browser ab und erlauben Sie Cookies für diese Website.',
    ],
  },
  login_attempt_spent: {
    title: 'Diese Anmeldung ist abgelaufen',
    message: 'Diese Anmeldung wurde schon abgeschlossen oder hat zu lange gedauert.',
    nextSteps: [startAgain],
  },
  form_expired: {
    title: 'Bitte versuchen Sie das noch einmal',
    message:
      'Dieses Formular gilt nicht mehr: Sie haben sich an- oder abgemeldet, seit die Seite geöffnet wurde, oder eine andere Website hat es gesendet.',
    nextSteps: ['Öffnen Sie die Seite erneut.', allowCookies],
  },
  csrf_mismatch: {
    title: failed,
    message: 'Diese Antwort kam nicht von der Seite, die dieser Server gezeigt hat.',
    nextSteps: [startAgain],
  },
  token_missing: {
    title: failed,
    message: 'Im Authorization-Header wird ein Zugriffstoken benötigt.',
    nextSteps: tokenSteps,
  },
  invalid_token: {
    title: failed,
    message: 'Das Zugriffstoken ist abgelaufen, widerrufen oder nicht von diesem Server.',
    nextSteps: tokenSteps,
  },
  invalid_resource_server: {
    title: failed,
    message: 'Der Ressourcenserver ist hier nicht bekannt, oder sein Geheimnis ist falsch.',
    nextSteps: [
      'Verwenden Sie den URI der Ressource als Client-ID und das Geheimnis aus der Konfiguration.',
    ],
  },
  invalid_logout_token: {
    title: failed,
    message: 'Das Logout-Token kann nicht angenommen werden.',
    nextSteps: ['Senden Sie ein gültiges Logout-Token des Anmeldedienstes, und nur einmal.'],
  },
  revocation_token_missing: {
    title: failed,
    message: 'Im Authorization-Header fehlt ein JWT des Anmeldedienstes.',
    nextSteps: ['Senden Sie es als Authorization: Bearer.'],
  },
  invalid_revocation_token: {
    title: failed,
    message: 'Das JWT kann nicht angenommen werden.',
    nextSteps: [
      'Senden Sie ein gültiges JWT des Anmeldedienstes für diese Adresse, und nur einmal.',
    ],
  },
  invalid_revocation_request: {
    title: failed,
    message: 'Die Anfrage braucht sub_id im Format iss_sub, email oder opaque.',
    nextSteps: ['Nennen Sie in sub_id eine Person.'],
  },
  subject_not_allowed: {
    title: failed,
    message:
      'Der Absender darf keine Personen dieses Ausstellers oder dieser E-Mail-Domain nennen.',
    nextSteps: ['Nennen Sie eine Ihrer eigenen Personen.'],
  },
  subject_unknown: {
    title: failed,
    message: 'Diese Person hat sich hier nie angemeldet.',
    nextSteps: ['Es ist nichts zu beenden.'],
  },
  connection_required: {
    title: 'Bitte verbinden Sie diesen MCP-Server',
    message: 'Dieser MCP-Server muss erst mit dem Anmeldedienst verbunden werden.',
    nextSteps: ['Öffnen Sie die Adresse aus interaction_uri in einem Browser.'],
  },
  insufficient_scope: {
    title: failed,
    message: 'Dem Zugriffstoken fehlt der Scope openid.',
    nextSteps: tokenSteps,
  },
  invalid_body: {
    title: failed,
    message:
      'Der Inhalt der Anfrage war nicht als Formular lesbar (application/x-www-form-urlencoded).',
    nextSteps: [startAgain],
  },
  body_too_large: {
    title: failed,
    message: 'Der Inhalt der Anfrage ist zu groß.',
    nextSteps: ['Senden Sie eine kleinere Anfrage.'],
  },
  too_many_requests: {
    title: 'Zu viele Anfragen',
    message: 'Im Moment kommen zu viele Anfragen. Es geht nichts verloren.',
    nextSteps: [inAMinute, tellOperator],
  },
  not_found: {
    title: 'Hier ist nichts',
    message: 'Unter dieser Adresse gibt es nichts.',
    nextSteps: addressSteps,
  },
  method_not_allowed: {
    title: failed,
    message: 'Diese Adresse nimmt solche Anfragen nicht an.',
    nextSteps: addressSteps,
  },
  internal: {
    title: failed,
    message: 'Auf diesem Server ist etwas schiefgegangen.',
    nextSteps: ['Versuchen Sie es erneut.', giveReference],
  },
}

export const enginePages: Readonly<Record<EnginePageName, PageText>> = {
  invalid_client: {
    title: 'Dieser Client ist hier nicht bekannt',
    message:
      'Der Client, der Sie hierher geschickt hat, ist bei diesem Server nicht registriert, oder seine Registrierung ist abgelaufen.',
    nextSteps: [
      'Entfernen Sie diesen MCP-Server in Ihrem MCP-Client und fügen Sie ihn wieder hinzu: Der Client registriert sich dann neu.',
      'Falls es dann immer noch nicht geht, löschen Sie die gespeicherte Anmeldung in diesem Client.',
    ],
  },
  invalid_redirect_uri: {
    title: 'Die Antwort ginge an eine unbekannte Adresse',
    message:
      'Der Client wollte die Antwort an eine Adresse haben, die er nicht registriert hat. Es wurde nichts gesendet.',
    nextSteps: [
      'Entfernen Sie diesen MCP-Server in Ihrem MCP-Client und fügen Sie ihn wieder hinzu.',
    ],
  },
  temporarily_unavailable: faults.store_unavailable,
  server_error: faults.internal,
  expired: {
    title: 'Diese Anmeldung ist abgelaufen',
    message: 'Sie wurde schon abgeschlossen, hat zu lange gedauert, oder ihre Cookies fehlen.',
    nextSteps: [startAgain, allowCookies],
  },
  invalid_target: {
    title: 'Dieser MCP-Server kann hier nicht verwendet werden',
    message: 'Der Client muss einen MCP-Server nennen, für den man sich hier anmeldet.',
    nextSteps: ['Prüfen Sie die Adresse des MCP-Servers in Ihrem MCP-Client.', giveReference],
  },
  faulty_request: {
    title: 'Diese Anmeldeanfrage ist nicht gültig',
    message:
      'Der Client, der Sie hierher geschickt hat, hat eine Anfrage gestellt, die dieser Server nicht verarbeiten kann.',
    nextSteps: [
      'Beginnen Sie in Ihrem MCP-Client noch einmal.',
      'Falls das anhält, melden Sie es den Herstellern des Clients.',
    ],
  },
}
