import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const message: Catalogue['message'] = {
  moves: {
    you: '対処方法',
    wait: 'しばらくお待ちください',
    operator: 'このサーバーの管理者による対応が必要です',
    mcpServer: 'MCP サーバーの管理者による対応が必要です',
    client: 'アプリの開発元による対応が必要です',
  },
  reference: (reference) => html`お問い合わせの際は、この照会番号をお伝えください: ${reference}`,
  tryAgain: 'もう一度試す',
  anotherAccount: '別のアカウントを使用する',
  backToClient: 'アプリに戻る',
  goOnTo: (host) => `${host} に進む`,
  onlyIfKnown:
    'このアプリは確認されていません。アドレスに見覚えがあり、ご自身でこのサインインを始めた場合にのみ進んでください。',
  details: '詳細',
  askedFor: 'アプリが求めたアドレス',
  askedForNone: '指定されていません。',
  knownHere: 'このサーバーに登録されているアドレス',
  error: 'エラー',
  forSupport: 'お問い合わせの際に送るテキスト',
  howToCopy: 'このテキストを選択してコピーしてください。秘密の情報は含まれていません。',
}

export const landing: Catalogue['landing'] = {
  title: 'MCP サーバーへのサインイン',
  purpose: 'アプリからサインインするための場所です',
  nothingToDo: 'ここで行う操作はありません。アプリから始めると、必要なときにこのサイトが開きます。',
  account: 'アクセスできるアプリを確認する',
  forOperators: '管理者と開発者の方へ',
  notAnMcpServer:
    'ここは認可サーバーのアドレスです。アプリには MCP サーバーのアドレスを入力してください。',
  oauthMetadata: 'メタデータ（OAuth 2.0）',
  openidMetadata: 'メタデータ（OpenID Connect）',
  keys: '署名鍵',
  isAlive: '稼働状況: プロセスの応答',
  isReady: '稼働状況: ストレージの応答',
}

export const refusal: Catalogue['refusal'] = {
  title: 'このアカウントにはアクセス権がありません',
  signedIn: (account, upstream) => html`${upstream} の ${account} としてサインインしました。`,
  mayNotUse: (resource) => html`このアカウントは ${resource} を使用できません。`,
  mayUseNothing: 'このアカウントは、ここにあるどの MCP サーバーも使用できません。',
  mayNotGrant: (resource) =>
    html`このアカウントは ${resource} を使用できますが、アプリが求める権限では使用できません。`,
  useAnother: '別のアカウントをお持ちの場合は、そのアカウントを使用してください。',
  ask: (contact) => html`アクセス権が必要な場合の連絡先: ${contact}`,
  askOperator: 'アクセス権が必要な場合は、このサーバーの管理者に問い合わせてください。',
}

export const links: Catalogue['links'] = {
  label: 'このサービスについて',
  terms: '利用規約',
  privacy: 'プライバシー',
  support: 'サポート',
  account: 'アカウント',
}
