import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const consent: Catalogue['consent'] = {
  unnamedClient: '名前のないアプリ',
  title: (client) => `${client} を許可しますか？`,
  heading: (client, resource) => html`${client} に ${resource} の使用を許可しますか？`,
  verifiedDomain: (host) => html`確認済み ${host}`,
  registeredByAdministrator: '管理者が登録',
  unverified: '未確認',
  switchAccount: '切り替える',

  aboutYou: 'あなたの情報',
  inResource: (resource) => html`${resource} での操作`,
  inUpstream: (upstream, resource) => html`${resource} を通じた ${upstream} での操作`,
  upstreamAccount: 'アカウントの使用',
  noScopes: 'アプリは特定の権限を求めていません。',
  newMark: '新規',
  risks: { write: 'データを変更', delete: 'データを削除' },
  allowedEarlier: '許可済み',
  allowedOn: (day) => html`${day}に許可済み`,
  youAllowedEarlier: '以前に許可しました。',
  youAllowedOn: (day) => html`${day}に許可しました。`,

  sentBack: (destination) => html`${destination}に戻ります。`,
  signInThenBack: (upstream, destination) =>
    html`${upstream} でサインイン後、${destination}に戻ります。`,
  destinations: {
    loopback: (host) => html`この端末のアプリ（${host}）`,
    through: (host) => html`${host} 経由でこの端末のアプリ`,
    app: 'この端末のアプリ',
  },
  onlyIfStarted: '心当たりがなければ拒否してください。',

  careful: '注意:',
  nameImitates: (known) =>
    html`${known} を名乗る別のアプリかもしれません。不明なら拒否してください。`,
  addressUnknown: 'アプリもアドレスも未確認です。不明なら拒否してください。',
  schemeUnowned: (scheme) => html`${scheme} のリンクはどのアプリでも開けます。`,

  allow: '許可',
  deny: '拒否',
  staysConnected: (duration) =>
    html`アプリは、あなたが操作していない間も含め、最長 ${duration}間接続を維持します。`,
  accessLasts: (duration) => html`アクセスの期間は ${duration}です。`,
  endItIn: (account) => html`${account}でいつでも終了できます。`,
  yourAccount: 'アカウントのページ',
  unexpected: 'このページに心当たりがない場合は、拒否してください。',

  details: {
    heading: '詳細',
    fullAddress: 'アドレス全体',
    anyProgram: 'どのプログラムがそこで受け取るかは、このサーバーには分かりません。',
    resource: 'MCP サーバー',
    scopes: '権限の名前',
    clientId: 'クライアント ID',
    registration: '登録',
    fromDocument: (host) => html`アプリは ${host} で名前を公開しています。`,
    byItself: 'アプリが自ら登録しました。',
    byAdministrator: '管理者がアプリを登録しました。',
    access: 'アクセス',
    endsUnused: (idle, longest) =>
      html`${idle}間使用しないと終了します。最長でも ${longest}で終了します。`,
    endsAfter: (duration) => html`${duration}で終了します。`,
  },
}

export const oidcLines: Catalogue['oidcLines'] = {
  openid: '本人の識別',
  profile: '名前と写真',
  email: 'メールアドレス',
  offline_access: 'あなたが操作していない間の接続の維持',
}
