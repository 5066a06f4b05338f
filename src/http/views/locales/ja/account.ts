import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const account: Catalogue['account'] = {
  title: 'アカウント',
  purpose:
    'サインインすると、あなたの代わりにアクセスできるアプリを確認し、アクセスを取り消せます。',
  signIn: (upstream) => html`${upstream} でサインイン`,
  signedIn: (account, upstream) => html`${upstream} の ${account} としてサインインしています。`,
  clientsWithAccess: 'アクセスできるアプリ',
  noClients: 'あなたの代わりにアクセスできるアプリはありません。',
  unnamedClient: '名前のないアプリ',
  since: '許可した日',
  lastUsed: '最終使用',
  neverUsed: '許可後の使用なし',
  until: '期限',
  remove: 'アクセスを取り消す',
  removeOf: (client, resource) => html`アクセスを取り消す: ${client}（${resource}）`,
  tokensRemain: (minutes) =>
    html`アクセスを取り消したアプリは、${minutes} 分以内にアクセスできなくなります。`,
  idleEnds: (days) => html`${days} 日間使用されなかったアプリも、アクセスできなくなります。`,
  removeAll: 'すべてのアプリのアクセスを取り消す…',
  removeAllMeans:
    'この一覧のすべてのアプリが、お使いのすべてのデバイスでアクセスできなくなります。後からそれぞれ許可し直せます。',
  removeAllNow: 'すべてのアクセスを今すぐ取り消す',
  signOut: 'サインアウト',
  clientsKeepAccess: 'サインアウトしても、アプリに許可したアクセスはそのまま残ります。',
  upstreamRemains: (upstream) => html`${upstream} にはサインインしたままです。`,
  signOutHere: 'このブラウザーでサインアウト',
  signOutEverywhere: 'すべてのブラウザーでサインアウト',
  done: {
    removed: '完了しました。一覧には、まだアクセスできるアプリが表示されています。',
    'signed-out': 'このブラウザーでサインアウトしました。',
    'signed-out-everywhere': 'すべてのブラウザーでサインアウトしました。',
  },
}

export const connect: Catalogue['connect'] = {
  pageTitle: 'MCP サーバーの接続',
  title: (server, upstream) => html`${server} を ${upstream} に接続しますか？`,
  lead: (server, upstream) =>
    html`${server} は、あなたが使用している間、${upstream} のアカウントをあなたの代わりに使用するためのアクセスを求めています。`,
  connect: (upstream) => html`${upstream} にサインインして接続`,
  footnote: 'このページに心当たりがない場合は、閉じてください。何も共有されません。',
  connectedTitle: '接続しました',
  connected: (server, account, upstream) =>
    html`${server} は、あなたが使用している間、${upstream} のアカウントにアクセスできます。サインイン中のアカウント: ${account}`,
  goBack: 'このページを閉じて、アプリに戻れます。',
}

export const logout: Catalogue['logout'] = {
  title: 'サインアウトしますか？',
  asked: (client) => html`${client} からサインアウトを求められています。`,
  signOut: 'サインアウト',
  stay: 'サインインしたままにする',
  signedOutTitle: 'サインアウトしました',
  signedOut: 'このブラウザーでは、だれもサインインしていません。',
}
