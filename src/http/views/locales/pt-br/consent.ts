import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const consent: Catalogue['consent'] = {
  unnamedClient: 'um aplicativo sem nome',
  title: (client) => `Permitir ${client}?`,
  heading: (client, resource) => html`Permitir que ${client} use ${resource}?`,
  verifiedDomain: (host) => html`domínio verificado ${host}`,
  registeredByAdministrator: 'registrado pelo administrador',
  unverified: 'não verificado',
  switchAccount: 'Outra conta',

  aboutYou: 'Sobre você',
  inResource: (resource) => html`Em ${resource}`,
  inUpstream: (upstream, resource) => html`Em ${upstream}, por meio de ${resource}`,
  upstreamAccount: 'Usar sua conta',
  noScopes: 'O aplicativo não pede nenhuma permissão específica.',
  newMark: 'nova',
  risks: { write: 'altera dados', delete: 'exclui dados' },
  allowedEarlier: 'Já permitido',
  allowedOn: (day) => html`Permitido em ${day}`,
  youAllowedEarlier: 'Você já permitiu isso antes.',
  youAllowedOn: (day) => html`Você permitiu isso em ${day}.`,

  sentBack: (destination) => html`Você voltará para ${destination}.`,
  signInThenBack: (upstream, destination) =>
    html`Você fará login com ${upstream} e voltará para ${destination}.`,
  destinations: {
    loopback: (host) => html`um aplicativo neste computador (${host})`,
    through: (host) => html`um aplicativo neste computador, via ${host}`,
    app: 'um aplicativo neste dispositivo',
  },
  onlyIfStarted: 'Permita só se você pediu.',

  careful: 'Cuidado:',
  nameImitates: (known) => html`apesar do nome, talvez não seja ${known}. Na dúvida, negue.`,
  addressUnknown: 'ninguém verificou este aplicativo nem o endereço dele. Na dúvida, negue.',
  schemeUnowned: (scheme) => html`qualquer aplicativo pode se apropriar de links ${scheme}.`,

  allow: 'Permitir',
  deny: 'Negar',
  staysConnected: (duration) =>
    html`O aplicativo fica conectado por até ${duration}, mesmo quando você não está.`,
  accessLasts: (duration) => html`O acesso dura ${duration}.`,
  endItIn: (account) => html`Você pode encerrar isso a qualquer momento em ${account}.`,
  yourAccount: 'sua conta',
  unexpected: 'Se você não esperava esta página, negue a solicitação.',

  details: {
    heading: 'Detalhes',
    fullAddress: 'Endereço completo',
    anyProgram: 'Este servidor não consegue saber qual programa recebe a resposta ali.',
    resource: 'Servidor MCP',
    scopes: 'Nomes das permissões',
    clientId: 'ID do cliente',
    registration: 'Registro',
    fromDocument: (host) => html`O aplicativo publica o nome dele em ${host}.`,
    byItself: 'O aplicativo se registrou por conta própria.',
    byAdministrator: 'Seu administrador registrou o aplicativo.',
    access: 'Acesso',
    endsUnused: (idle, longest) =>
      html`Termina após ${idle} sem uso e, no máximo, após ${longest}.`,
    endsAfter: (duration) => html`Termina após ${duration}.`,
  },
}

export const oidcLines: Catalogue['oidcLines'] = {
  openid: 'Reconhecer você',
  profile: 'Ver seu nome e foto',
  email: 'Ver seu endereço de e-mail',
  offline_access: 'Continuar conectado quando você não está',
}
