import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const message: Catalogue['message'] = {
  moves: {
    you: 'O que você pode fazer',
    wait: 'É só esperar',
    operator: 'Os responsáveis por este servidor precisam agir',
    mcpServer: 'Os responsáveis pelo servidor MCP precisam agir',
    client: 'Os desenvolvedores do aplicativo precisam agir',
  },
  reference: (reference) =>
    html`Se você pedir ajuda, informe este código de referência: ${reference}`,
  tryAgain: 'Tentar de novo',
  anotherAccount: 'Usar outra conta',
  backToClient: 'Voltar ao aplicativo',
  goOnTo: (host) => `Continuar para ${host}`,
  onlyIfKnown:
    'Este aplicativo não foi verificado. Só continue para o endereço dele se você o conhece e começou este login por conta própria.',
  details: 'Detalhes',
  askedFor: 'O aplicativo pediu',
  askedForNone: 'Ele não indicou nenhum.',
  knownHere: 'Este servidor conhece',
  error: 'Erro',
  forSupport: 'O que enviar ao suporte',
  howToCopy: 'Selecione este texto e copie. Ele não contém segredos.',
}

export const landing: Catalogue['landing'] = {
  title: 'Login para servidores MCP',
  purpose: 'É por aqui que os aplicativos fazem o seu login',
  nothingToDo:
    'Você não precisa fazer nada aqui: comece no seu aplicativo, que abre este site quando precisa.',
  account: 'Ver os aplicativos com acesso',
  forOperators: 'Para administradores e desenvolvedores',
  notAnMcpServer:
    'Este é o endereço do servidor de autorização. No aplicativo, informe o endereço do servidor MCP.',
  oauthMetadata: 'Metadados (OAuth 2.0)',
  openidMetadata: 'Metadados (OpenID Connect)',
  keys: 'Chaves de assinatura',
  isAlive: 'Saúde: o processo responde',
  isReady: 'Saúde: o armazenamento responde',
}

export const refusal: Catalogue['refusal'] = {
  title: 'Esta conta não tem acesso',
  signedIn: (account, upstream) => html`Você fez login como ${account}, com ${upstream}.`,
  mayNotUse: (resource) => html`Esta conta não pode usar ${resource}.`,
  mayUseNothing: 'Esta conta não pode usar nenhum servidor MCP aqui.',
  mayNotGrant: (resource) =>
    html`Esta conta pode usar ${resource}, mas não com as permissões que o aplicativo pede.`,
  useAnother: 'Se você tiver outra conta, use-a.',
  ask: (contact) => html`Para obter acesso, fale com: ${contact}`,
  askOperator: 'Para obter acesso, fale com os responsáveis por este servidor.',
}

export const links: Catalogue['links'] = {
  label: 'Sobre este serviço',
  terms: 'Termos de uso',
  privacy: 'Privacidade',
  support: 'Ajuda',
  account: 'Sua conta',
}
