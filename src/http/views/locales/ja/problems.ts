import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

const inAMinute = '1 分ほど待ってから、もう一度お試しください。'
const tellOperator = '問題が続く場合は、このサーバーの管理者に連絡してください。'
const askSupport = '再び失敗する場合は、下のテキストをこのサーバーの管理者に送ってください。'
const tellMakers = '再び失敗する場合は、下のテキストをアプリの開発元に送ってください。'
const startAgain = 'アプリに戻り、サインインをやり直してください。'
const updateAndStart = 'アプリを更新し、アプリからやり直してください。'
const allowCookies =
  'ブラウザーが Cookie をブロックしている場合は、このサイトの Cookie を許可してください。'
const addAgain = 'アプリでこの MCP サーバーをいったん削除し、追加し直してください。'
const tryAgain = 'もう一度お試しください。'

export const problems: Catalogue['problems'] = {
  'storage-unreachable': {
    title: 'まもなく再開します',
    message: '現在、このサーバーはデータを読み書きできません。失われたデータはありません。',
    steps: [inAMinute, tellOperator],
  },
  'server-too-slow': {
    title: '時間がかかりすぎました',
    message: 'このサーバーの応答に時間がかかりすぎました。失われたデータはありません。',
    steps: [inAMinute, tellOperator],
  },
  'server-overloaded': {
    title: 'ただいま混み合っています',
    message: '現在、このサーバーへのリクエストが集中しています。失われたデータはありません。',
    steps: ['数秒待ってから、もう一度お試しください。'],
  },
  'too-many-requests': {
    title: 'リクエストが多すぎます',
    message:
      'お使いのネットワークまたはアプリから、このサーバーの上限を超えるリクエストが送信されました。失われたデータはありません。',
    steps: [inAMinute, tellOperator],
  },
  'internal-error': {
    title: '処理できませんでした',
    message: 'このサーバーで問題が発生しました。',
    steps: [tryAgain, askSupport],
  },
  'not-found': {
    title: 'ページが見つかりません',
    message: 'このアドレスには何もありません。',
    steps: [
      'アドレスを確認してください。',
      'アプリには、このサーバーではなく、MCP サーバーのアドレスを入力してください。',
    ],
  },
  'request-not-valid': {
    title: 'このサインイン要求は正しくありません',
    message: 'アクセス元のアプリが、このサーバーでは処理できないリクエストを送信しました。',
    steps: [updateAndStart, tellMakers],
  },
  'sign-in-expired': {
    title: 'このサインインは期限切れです',
    message: '時間がかかりすぎたか、すでに完了しているか、Cookie がありません。',
    steps: [startAgain, allowCookies],
  },
  'sign-in-in-another-browser': {
    title: 'このサインインはここでは続行できません',
    message: '別のブラウザーで開始されたか、すでに完了しているか、Cookie がありません。',
    steps: [startAgain, 'このサイトの Cookie を許可し、同じブラウザーで最後まで進めてください。'],
  },
  'new-sign-in-not-confirmed': {
    title: '改めてサインインが必要です',
    message: (upstream) =>
      html`アプリは新たなサインインを求めていますが、${upstream} で確認できませんでした。`,
    steps: [
      (upstream) => html`もう一度試し、可能であれば ${upstream} で改めてサインインしてください。`,
      (upstream) =>
        html`問題が続く場合、${upstream} は新たなサインインを確認できません。アプリの開発元に連絡してください。`,
    ],
  },
  'form-expired': {
    title: 'もう一度操作してください',
    message:
      'このフォームは無効になりました。ページを開いた後にサインインまたはサインアウトしたか、別のサイトから送信されています。何も変更されていません。',
    steps: ['前の画面に戻ってページを再読み込みし、もう一度お試しください。', allowCookies],
  },
  'account-disabled': {
    title: 'このアカウントは無効になっています',
    message: 'お使いのアカウントは、このサーバーでは無効になっています。',
    steps: [
      '誤りだと思われる場合は、このサーバーの管理者に問い合わせてください。',
      '別のアカウントをお持ちの場合は、そのアカウントでサインインしてください。',
    ],
  },
  'provider-unreachable': {
    title: '現在サインインできません',
    message: (upstream) =>
      html`サインインには ${upstream} を使用しますが、現在このサーバーから接続できません。`,
    steps: [
      inAMinute,
      (upstream) =>
        html`ほかのサイトで ${upstream} を使用できる場合は、このサーバーの管理者に連絡してください。`,
    ],
  },
  'sign-in-cancelled': {
    title: 'サインインは完了していません',
    message: (upstream) => html`サインインがキャンセルされたか、${upstream} に拒否されました。`,
    steps: [
      'もう一度試すか、別のアカウントでサインインしてください。',
      (upstream) =>
        html`ご自身でキャンセルしていない場合は、${upstream} の管理者に問い合わせてください。`,
    ],
  },
  'provider-response-refused': {
    title: 'サインインできませんでした',
    message: (upstream) => html`${upstream} からの応答を、このサーバーは受け入れられませんでした。`,
    steps: [tryAgain, askSupport],
  },
  'organisation-not-allowed': {
    title: 'このアカウントはここでは使用できません',
    message: (upstream) =>
      html`お使いの ${upstream} アカウントが属する組織のメンバーは、ここにサインインできません。`,
    steps: [
      '正しい組織のアカウントでサインインしてください。',
      'すでに正しい組織のアカウントである場合は、このサーバーの管理者に連絡してください。',
    ],
  },
  'sign-in-ended-by-provider': {
    title: 'もう一度サインインしてください',
    message: (upstream) => html`${upstream} がサインインを終了しました。`,
    steps: ['サインインし直してください。'],
  },
  'client-metadata-unreachable': {
    title: 'このアプリの情報を確認できません',
    message:
      'アプリは自身の情報をウェブで公開していますが、現在このサーバーはその情報を取得できません。',
    steps: [
      inAMinute,
      '問題が続く場合は、このサーバーの管理者に連絡してください。サーバーがインターネットに接続できていない可能性があります。管理者は、代わりにアプリの登録を許可することもできます。',
    ],
  },
  'client-metadata-refused': {
    title: 'このアプリはここでは使用できません',
    message: 'アプリがウェブで公開している自身の情報に誤りがあります。',
    steps: [
      '下のテキストをアプリの開発元に送ってください。',
      '修正されたら、1 分待ってからもう一度お試しください。',
    ],
  },
  'client-metadata-missing': {
    title: 'このアプリは登録されていません',
    message: 'アプリは自身の情報のウェブ公開を取りやめたか、一度も公開していません。',
    steps: [`アプリを更新してください。${addAgain}`, tellMakers],
  },
  'client-not-allowed': {
    title: 'このアプリはここでは許可されていません',
    message: 'このサーバーの管理者は、このアプリを許可していません。',
    steps: ['下のテキストを管理者に送り、アプリの許可を依頼してください。'],
  },
  'client-unknown': {
    title: 'このアプリは登録されていません',
    message: 'アクセス元のアプリはこのサーバーに登録されていないか、登録の有効期限が切れています。',
    steps: [
      `${addAgain}アプリが改めて登録されます。`,
      '再び失敗する場合は、アプリに保存されているサインイン情報を削除してください。',
    ],
  },
  'redirect-uri-unknown': {
    title: '応答先のアドレスが登録されていません',
    message: 'アプリが、登録していないアドレスへの応答を求めました。何も送信されていません。',
    steps: [addAgain, 'ご自身で始めたサインインでない場合は、このページを閉じてください。'],
  },
  'resource-unknown': {
    title: 'この MCP サーバーはここでは使用できません',
    message:
      'アプリが、このサーバーに登録されていないアドレスの MCP サーバーへのアクセスを求めました。',
    steps: [
      'アプリに設定した MCP サーバーのアドレスを確認してください。',
      'アドレスが正しい場合は、下のテキストを MCP サーバーの管理者に送ってください。「詳細」にある 2 つのアドレスは、同じでなければなりません。',
    ],
  },
  'resource-not-named': {
    title: 'アプリは MCP サーバーを 1 つ指定する必要があります',
    message:
      'アプリが一度にアクセスできる MCP サーバーは 1 つです。このアプリは何も指定していないか、複数を指定しています。',
    steps: [updateAndStart, tellMakers],
  },
}
