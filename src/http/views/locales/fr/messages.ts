import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const message: Catalogue['message'] = {
  moves: {
    you: 'Ce que vous pouvez faire',
    wait: 'Il suffit d’attendre',
    operator: 'C’est aux responsables de ce serveur d’agir',
    mcpServer: 'C’est aux responsables du serveur MCP d’agir',
    client: 'C’est aux développeurs de l’application d’agir',
  },
  reference: (reference) =>
    html`Si vous demandez de l’aide, indiquez cette référence\u00a0: ${reference}`,
  tryAgain: 'Réessayer',
  anotherAccount: 'Utiliser un autre compte',
  backToClient: 'Revenir à l’application',
  goOnTo: (host) => `Continuer vers ${host}`,
  onlyIfKnown:
    'Cette application n’a pas été vérifiée. Ne continuez vers son adresse que si vous la connaissez et si vous avez vous-même commencé cette connexion.',
  details: 'Détails',
  askedFor: 'L’application a demandé',
  askedForNone: 'Elle n’en a désigné aucun.',
  knownHere: 'Ce serveur connaît',
  error: 'Erreur',
  forSupport: 'Texte à envoyer pour obtenir de l’aide',
  howToCopy: 'Sélectionnez ce texte et copiez-le. Il ne contient aucun secret.',
}

export const landing: Catalogue['landing'] = {
  title: 'Connexion aux serveurs MCP',
  purpose: 'C’est ici que vos applications vous connectent',
  nothingToDo:
    'Vous n’avez rien à faire ici\u00a0: commencez dans votre application, qui ouvre ce site quand elle en a besoin.',
  account: 'Voir les applications qui ont accès',
  forOperators: 'Pour les administrateurs et les développeurs',
  notAnMcpServer:
    'Cette adresse est celle du serveur d’autorisation. Dans une application, saisissez plutôt l’adresse du serveur MCP.',
  oauthMetadata: 'Métadonnées (OAuth 2.0)',
  openidMetadata: 'Métadonnées (OpenID Connect)',
  keys: 'Clés de signature',
  isAlive: 'État\u00a0: le processus répond',
  isReady: 'État\u00a0: le stockage répond',
}

export const refusal: Catalogue['refusal'] = {
  title: 'Ce compte n’a pas accès',
  signedIn: (account, upstream) => html`Vous utilisez le compte ${account}, avec ${upstream}.`,
  mayNotUse: (resource) => html`Ce compte n’est pas autorisé à utiliser ${resource}.`,
  mayUseNothing: 'Ce compte n’est autorisé à utiliser aucun serveur MCP ici.',
  mayNotGrant: (resource) =>
    html`Ce compte peut utiliser ${resource}, mais pas avec les autorisations que l’application demande.`,
  useAnother: 'Si vous avez un autre compte, utilisez-le.',
  ask: (contact) => html`Pour obtenir l’accès, adressez-vous à\u00a0: ${contact}`,
  askOperator: 'Pour obtenir l’accès, adressez-vous aux responsables de ce serveur.',
}

export const links: Catalogue['links'] = {
  label: 'À propos de ce service',
  terms: 'Conditions d’utilisation',
  privacy: 'Confidentialité',
  support: 'Assistance',
  account: 'Votre compte',
}
