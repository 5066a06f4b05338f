import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const account: Catalogue['account'] = {
  title: 'Sua conta',
  purpose:
    'Faça login para ver quais aplicativos têm acesso em seu nome e para remover esse acesso.',
  signIn: (upstream) => html`Fazer login com ${upstream}`,
  signedIn: (account, upstream) => html`Você está usando a conta ${account}, com ${upstream}.`,
  clientsWithAccess: 'Aplicativos com acesso',
  noClients: 'Nenhum aplicativo tem acesso em seu nome.',
  unnamedClient: 'Aplicativo sem nome',
  since: 'Desde',
  lastUsed: 'Último uso',
  neverUsed: 'Nenhum desde então',
  until: 'Até',
  remove: 'Remover acesso',
  removeOf: (client, resource) => html`Remover acesso de ${client} a ${resource}`,
  tokensRemain: (minutes) =>
    html`Um aplicativo que você remove perde o acesso em até ${minutes} minutos.`,
  idleEnds: (days) => html`Um aplicativo que passa ${days} dias sem uso também perde o acesso.`,
  removeAll: 'Remover todos os aplicativos…',
  removeAllMeans:
    'Todos os aplicativos desta lista perdem o acesso, em todos os seus dispositivos. Depois, você pode permitir cada um de novo.',
  removeAllNow: 'Remover todos os aplicativos agora',
  signOut: 'Sair',
  clientsKeepAccess:
    'Sair da conta não remove os aplicativos: eles mantêm o acesso que você permitiu.',
  upstreamRemains: (upstream) => html`Sua sessão em ${upstream} continua aberta.`,
  signOutHere: 'Sair aqui',
  signOutEverywhere: 'Sair em todos os navegadores',
  done: {
    removed: 'Pronto. A lista mostra os aplicativos que ainda têm acesso.',
    'signed-out': 'Você saiu da conta neste navegador.',
    'signed-out-everywhere': 'Você saiu da conta em todos os navegadores.',
  },
}

export const connect: Catalogue['connect'] = {
  pageTitle: 'Conectar um servidor MCP',
  title: (server, upstream) => html`Conectar ${server} a ${upstream}?`,
  lead: (server, upstream) =>
    html`${server} pede acesso à sua conta em ${upstream}, para usá-la em seu nome enquanto você trabalha com ele.`,
  connect: (upstream) => html`Conectar e fazer login com ${upstream}`,
  footnote: 'Se você não esperava esta página, feche-a. Nada é compartilhado.',
  connectedTitle: 'Servidor conectado',
  connected: (server, account, upstream) =>
    html`${server} tem acesso à sua conta em ${upstream} enquanto você o usa. Você está usando a conta ${account}.`,
  goBack: 'Você já pode fechar esta página e voltar ao seu aplicativo.',
}

export const logout: Catalogue['logout'] = {
  title: 'Sair da conta?',
  asked: (client) => html`${client} pede que você saia da conta.`,
  signOut: 'Sair',
  stay: 'Continuar na conta',
  signedOutTitle: 'Você saiu da conta',
  signedOut: 'Ninguém está usando uma conta aqui neste navegador.',
}
