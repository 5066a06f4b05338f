import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const account: Catalogue['account'] = {
  title: 'Votre compte',
  purpose:
    'Connectez-vous pour voir quelles applications ont accès en votre nom, et pour retirer cet accès.',
  signIn: (upstream) => html`Se connecter avec ${upstream}`,
  signedIn: (account, upstream) => html`Vous utilisez le compte ${account}, avec ${upstream}.`,
  clientsWithAccess: 'Applications autorisées',
  noClients: 'Aucune application n’a accès en votre nom.',
  unnamedClient: 'Application sans nom',
  since: 'Depuis',
  lastUsed: 'Dernière utilisation',
  neverUsed: 'Aucune depuis',
  until: 'Jusqu’au',
  remove: 'Retirer l’accès',
  removeOf: (client, resource) => html`Retirer l’accès de ${client} à ${resource}`,
  tokensRemain: (minutes) =>
    html`Une application à qui vous retirez l’accès le perd en ${minutes}\u00a0minutes au plus.`,
  idleEnds: (days) => html`Une application inutilisée pendant ${days}\u00a0jours le perd aussi.`,
  removeAll: 'Retirer l’accès de toutes les applications\u00a0…',
  removeAllMeans:
    'Toutes les applications de cette liste perdent leur accès, sur tous vos appareils. Vous pourrez autoriser chacune de nouveau.',
  removeAllNow: 'Retirer tous les accès maintenant',
  signOut: 'Se déconnecter',
  clientsKeepAccess:
    'Se déconnecter ne retire rien aux applications\u00a0: elles gardent l’accès que vous leur avez donné.',
  upstreamRemains: (upstream) => html`Votre session chez ${upstream} reste ouverte.`,
  signOutHere: 'Se déconnecter ici',
  signOutEverywhere: 'Se déconnecter de tous les navigateurs',
  done: {
    removed: 'C’est fait. La liste montre les applications qui ont encore accès.',
    'signed-out': 'Votre session est fermée dans ce navigateur.',
    'signed-out-everywhere': 'Votre session est fermée dans tous les navigateurs.',
  },
}

export const connect: Catalogue['connect'] = {
  pageTitle: 'Connecter un serveur MCP',
  title: (server, upstream) => html`Connecter ${server} à ${upstream}\u202f?`,
  lead: (server, upstream) =>
    html`${server} demande l’accès à votre compte chez ${upstream}, pour l’utiliser en votre nom pendant que vous travaillez avec lui.`,
  connect: (upstream) => html`Connecter et s’identifier avec ${upstream}`,
  footnote: 'Si vous n’attendiez pas cette page, fermez-la. Rien n’est partagé.',
  connectedTitle: 'C’est connecté',
  connected: (server, account, upstream) =>
    html`${server} a accès à votre compte chez ${upstream} pendant que vous l’utilisez. Vous utilisez le compte ${account}.`,
  goBack: 'Vous pouvez fermer cette page et revenir à votre application.',
}

export const logout: Catalogue['logout'] = {
  title: 'Se déconnecter\u202f?',
  asked: (client) => html`${client} vous demande de vous déconnecter.`,
  signOut: 'Se déconnecter',
  stay: 'Rester connecté',
  signedOutTitle: 'La session est fermée',
  signedOut: 'Aucun compte n’est connecté ici dans ce navigateur.',
}
