import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

const inAMinute = 'Réessayez dans une minute.'
const tellOperator = 'Si le problème persiste, prévenez les responsables de ce serveur.'
const askSupport =
  'Si cela échoue encore, envoyez le texte ci-dessous aux responsables de ce serveur.'
const tellMakers =
  'Si cela échoue encore, envoyez le texte ci-dessous aux développeurs de l’application.'
const startAgain = 'Revenez à l’application et recommencez la connexion.'
const updateAndStart = 'Mettez à jour l’application, puis recommencez à partir d’elle.'
const allowCookies = 'Autorisez les cookies pour ce site si votre navigateur les bloque.'
const addAgain = 'Dans l’application, supprimez ce serveur MCP, puis ajoutez-le de nouveau.'

export const problems: Catalogue['problems'] = {
  'storage-unreachable': {
    title: 'De retour dans un instant',
    message: 'Ce serveur n’a pas accès à ses données pour le moment. Rien n’est perdu.',
    steps: [inAMinute, tellOperator],
  },
  'server-too-slow': {
    title: 'La réponse se fait trop attendre',
    message: 'Ce serveur a mis trop de temps à répondre. Rien n’est perdu.',
    steps: [inAMinute, tellOperator],
  },
  'server-overloaded': {
    title: 'Le serveur est très sollicité',
    message: 'Ce serveur reçoit trop de demandes pour le moment. Rien n’est perdu.',
    steps: ['Réessayez dans quelques secondes.'],
  },
  'too-many-requests': {
    title: 'Trop de demandes',
    message:
      'Votre réseau ou votre application a envoyé plus de demandes que ce serveur n’en accepte. Rien n’est perdu.',
    steps: ['Attendez une minute, puis réessayez.', tellOperator],
  },
  'internal-error': {
    title: 'Cela n’a pas fonctionné',
    message: 'Une erreur est survenue sur ce serveur.',
    steps: ['Réessayez.', askSupport],
  },
  'not-found': {
    title: 'Il n’y a rien ici',
    message: 'Aucune page ne se trouve à cette adresse.',
    steps: [
      'Vérifiez l’adresse.',
      'Dans votre application, saisissez l’adresse du serveur MCP, et non celle de ce serveur.',
    ],
  },
  'request-not-valid': {
    title: 'Cette demande de connexion n’est pas valable',
    message:
      'L’application qui vous a envoyé ici a fait une demande que ce serveur ne peut pas traiter.',
    steps: [updateAndStart, tellMakers],
  },
  'sign-in-expired': {
    title: 'Cette connexion a expiré',
    message: 'Elle a pris trop de temps, elle est déjà terminée, ou son cookie manque.',
    steps: [startAgain, allowCookies],
  },
  'sign-in-in-another-browser': {
    title: 'Cette connexion ne peut pas continuer ici',
    message:
      'Elle a été commencée dans un autre navigateur, elle est déjà terminée, ou son cookie manque.',
    steps: [
      startAgain,
      'Terminez-la dans le même navigateur, en autorisant les cookies pour ce site.',
    ],
  },
  'new-sign-in-not-confirmed': {
    title: 'Une nouvelle connexion est nécessaire',
    message: (upstream) =>
      html`L’application exige une nouvelle connexion, et ${upstream} ne l’a pas confirmée.`,
    steps: [
      (upstream) => html`Réessayez, et identifiez-vous de nouveau si ${upstream} le permet.`,
      (upstream) =>
        html`Si le problème persiste, ${upstream} ne peut pas confirmer de nouvelle connexion\u00a0: prévenez les développeurs de l’application.`,
    ],
  },
  'form-expired': {
    title: 'Veuillez recommencer',
    message:
      'Ce formulaire n’est plus valable\u00a0: une connexion ou une déconnexion a eu lieu depuis l’ouverture de la page, ou un autre site l’a envoyé. Rien n’a été modifié.',
    steps: ['Revenez en arrière, rechargez la page et réessayez.', allowCookies],
  },
  'account-disabled': {
    title: 'Ce compte est désactivé',
    message: 'Votre compte est désactivé sur ce serveur.',
    steps: [
      'Si vous pensez qu’il s’agit d’une erreur, adressez-vous aux responsables de ce serveur.',
      'Si vous avez un autre compte, utilisez-le.',
    ],
  },
  'provider-unreachable': {
    title: 'La connexion est momentanément impossible',
    message: (upstream) =>
      html`Vous vous connectez avec ${upstream}, que ce serveur ne parvient pas à joindre pour le moment.`,
    steps: [
      inAMinute,
      (upstream) =>
        html`Si ${upstream} fonctionne ailleurs, prévenez les responsables de ce serveur.`,
    ],
  },
  'sign-in-cancelled': {
    title: 'La connexion n’a pas abouti',
    message: (upstream) => html`La connexion a été annulée, ou ${upstream} l’a refusée.`,
    steps: [
      'Réessayez, ou connectez-vous avec un autre compte.',
      (upstream) =>
        html`Si vous ne l’avez pas annulée vous-même, adressez-vous aux administrateurs de ${upstream}.`,
    ],
  },
  'provider-response-refused': {
    title: 'La connexion a échoué',
    message: (upstream) =>
      html`${upstream} a envoyé une réponse que ce serveur ne peut pas accepter.`,
    steps: ['Réessayez.', askSupport],
  },
  'organisation-not-allowed': {
    title: 'Ce compte n’est pas accepté ici',
    message: (upstream) =>
      html`Votre compte ${upstream} appartient à une organisation dont les membres ne peuvent pas se connecter ici.`,
    steps: [
      'Connectez-vous avec un compte de la bonne organisation.',
      'Si c’est déjà la bonne, prévenez les responsables de ce serveur.',
    ],
  },
  'sign-in-ended-by-provider': {
    title: 'Veuillez vous reconnecter',
    message: (upstream) => html`${upstream} a mis fin à votre connexion.`,
    steps: ['Connectez-vous de nouveau.'],
  },
  'client-metadata-unreachable': {
    title: 'Cette application ne peut pas être identifiée',
    message:
      'L’application publie sa description sur le web, et ce serveur ne peut pas la lire pour le moment.',
    steps: [
      inAMinute,
      'Si le problème persiste, prévenez les responsables de ce serveur\u00a0: il n’a peut-être pas accès à Internet. Ils peuvent aussi laisser les applications s’enregistrer.',
    ],
  },
  'client-metadata-refused': {
    title: 'Cette application ne peut pas être utilisée ici',
    message: 'L’application publie sa description sur le web, et cette description est erronée.',
    steps: [
      'Envoyez le texte ci-dessous aux développeurs de l’application.',
      'Une fois l’erreur corrigée, attendez une minute et réessayez.',
    ],
  },
  'client-metadata-missing': {
    title: 'Cette application n’est pas connue ici',
    message: 'L’application a retiré sa description du web, ou ne l’y a jamais publiée.',
    steps: [`Mettez à jour l’application. ${addAgain}`, tellMakers],
  },
  'client-not-allowed': {
    title: 'Cette application n’est pas autorisée ici',
    message: 'Les responsables de ce serveur n’ont pas autorisé cette application.',
    steps: ['Envoyez-leur le texte ci-dessous, et demandez-leur d’autoriser l’application.'],
  },
  'client-unknown': {
    title: 'Cette application n’est pas connue ici',
    message:
      'L’application qui vous a envoyé ici n’est pas enregistrée sur ce serveur, ou son enregistrement a expiré.',
    steps: [
      `${addAgain} Elle s’enregistre alors à nouveau.`,
      'Si cela échoue encore, effacez la connexion que l’application a mémorisée.',
    ],
  },
  'redirect-uri-unknown': {
    title: 'La réponse partirait vers une adresse inconnue',
    message:
      'L’application a demandé d’envoyer la réponse à une adresse qu’elle n’a pas enregistrée. Rien n’a été envoyé.',
    steps: [addAgain, 'Si vous n’avez pas commencé cette connexion vous-même, fermez cette page.'],
  },
  'resource-unknown': {
    title: 'Ce serveur MCP ne peut pas être utilisé ici',
    message:
      'L’application a demandé l’accès à un serveur MCP dont ce serveur ne connaît pas l’adresse.',
    steps: [
      'Vérifiez l’adresse du serveur MCP dans votre application.',
      'Si elle est correcte, envoyez-leur le texte ci-dessous\u00a0: les deux adresses sous «\u00a0Détails\u00a0» doivent être identiques.',
    ],
  },
  'resource-not-named': {
    title: 'L’application doit désigner un seul serveur MCP',
    message:
      'Une application obtient l’accès à un serveur MCP à la fois. Celle-ci n’en a désigné aucun, ou plusieurs.',
    steps: [updateAndStart, tellMakers],
  },
}
