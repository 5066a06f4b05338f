import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const consent: Catalogue['consent'] = {
  unnamedClient: 'une application sans nom',
  title: (client) => `Autoriser ${client}\u202f?`,
  heading: (client, resource) => html`Autoriser ${client} à utiliser ${resource}\u202f?`,
  verifiedDomain: (host) => html`domaine vérifié ${host}`,
  registeredByAdministrator: 'enregistrée par l’administrateur',
  unverified: 'non vérifiée',
  switchAccount: 'Autre compte',

  aboutYou: 'À votre sujet',
  inResource: (resource) => html`Dans ${resource}`,
  inUpstream: (upstream, resource) => html`Dans ${upstream}, par l’intermédiaire de ${resource}`,
  upstreamAccount: 'Utiliser votre compte',
  noScopes: 'L’application ne demande aucune autorisation particulière.',
  newMark: 'nouveau',
  risks: { write: 'modifie des données', delete: 'supprime des données' },
  allowedEarlier: 'Déjà autorisé',
  allowedOn: (day) => html`Autorisé le ${day}`,
  youAllowedEarlier: 'Vous l’avez déjà autorisé.',
  youAllowedOn: (day) => html`Vous l’avez autorisé le ${day}.`,

  sentBack: (destination) => html`Vous reviendrez à ${destination}.`,
  signInThenBack: (upstream, destination) =>
    html`Connexion avec ${upstream}, puis retour à ${destination}.`,
  destinations: {
    loopback: (host) => html`une application de cet ordinateur (${host})`,
    through: (host) => html`une application de cet ordinateur, via ${host}`,
    app: 'une application de cet appareil',
  },
  onlyIfStarted: 'N’autorisez que si vous l’avez demandé.',

  careful: 'Attention\u00a0:',
  nameImitates: (known) =>
    html`malgré son nom, ce n’est peut-être pas ${known}. Dans le doute, refusez.`,
  addressUnknown: 'personne n’a vérifié cette application ni son adresse. Dans le doute, refusez.',
  schemeUnowned: (scheme) => html`toute application peut s’approprier les liens ${scheme}.`,

  allow: 'Autoriser',
  deny: 'Refuser',
  staysConnected: (duration) =>
    html`L’application reste connectée ${duration} au plus, même en votre absence.`,
  accessLasts: (duration) => html`L’accès dure ${duration}.`,
  endItIn: (account) => html`Vous pouvez y mettre fin à tout moment dans ${account}.`,
  yourAccount: 'votre compte',
  unexpected: 'Si vous n’attendiez pas cette page, refusez la demande.',

  details: {
    heading: 'Détails',
    fullAddress: 'Adresse complète',
    anyProgram: 'Ce serveur ne peut pas savoir quel programme y reçoit la réponse.',
    resource: 'Serveur MCP concerné',
    scopes: 'Noms des autorisations',
    clientId: 'Identifiant du client',
    registration: 'Enregistrement',
    fromDocument: (host) => html`L’application publie son nom sur ${host}.`,
    byItself: 'L’application s’est enregistrée elle-même.',
    byAdministrator: 'Votre administrateur a enregistré l’application.',
    access: 'Accès',
    endsUnused: (idle, longest) =>
      html`Prend fin après ${idle} sans utilisation, et après ${longest} au plus tard.`,
    endsAfter: (duration) => html`Prend fin après ${duration}.`,
  },
}

export const oidcLines: Catalogue['oidcLines'] = {
  openid: 'Vous reconnaître',
  profile: 'Voir vos nom et photo',
  email: 'Voir votre adresse e-mail',
  offline_access: 'Rester connectée en votre absence',
}
