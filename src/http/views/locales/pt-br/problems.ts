import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

const inAMinute = 'Tente de novo em um minuto.'
const tellOperator = 'Se o problema continuar, avise os responsáveis por este servidor.'
const askSupport = 'Se falhar outra vez, envie o texto abaixo aos responsáveis por este servidor.'
const tellMakers = 'Se falhar outra vez, envie o texto abaixo aos desenvolvedores do aplicativo.'
const startAgain = 'Volte ao aplicativo e comece o login de novo.'
const updateAndStart = 'Atualize o aplicativo e comece de novo por ele.'
const allowCookies = 'Permita cookies para este site, se o seu navegador os bloqueia.'
const addAgain = 'No aplicativo, remova este servidor MCP e adicione-o de novo.'

export const problems: Catalogue['problems'] = {
  'storage-unreachable': {
    title: 'Voltamos já',
    message: 'No momento, este servidor não consegue acessar os dados dele. Nada se perdeu.',
    steps: [inAMinute, tellOperator],
  },
  'server-too-slow': {
    title: 'Demorou demais',
    message: 'Este servidor demorou demais para responder. Nada se perdeu.',
    steps: [inAMinute, tellOperator],
  },
  'server-overloaded': {
    title: 'O servidor está muito ocupado',
    message: 'No momento, este servidor está recebendo solicitações demais. Nada se perdeu.',
    steps: ['Tente de novo em alguns segundos.'],
  },
  'too-many-requests': {
    title: 'Solicitações demais',
    message:
      'Sua rede ou seu aplicativo enviou mais solicitações do que este servidor permite. Nada se perdeu.',
    steps: ['Espere um minuto e tente de novo.', tellOperator],
  },
  'internal-error': {
    title: 'Não deu certo',
    message: 'Algo deu errado neste servidor.',
    steps: ['Tente de novo.', askSupport],
  },
  'not-found': {
    title: 'Não há nada aqui',
    message: 'Nenhuma página foi encontrada neste endereço.',
    steps: [
      'Confira o endereço.',
      'No seu aplicativo, informe o endereço do servidor MCP, e não o deste servidor.',
    ],
  },
  'request-not-valid': {
    title: 'Esta solicitação de login não é válida',
    message:
      'O aplicativo que trouxe você até aqui fez uma solicitação que este servidor não consegue processar.',
    steps: [updateAndStart, tellMakers],
  },
  'sign-in-expired': {
    title: 'Este login expirou',
    message: 'Ele demorou demais, já foi concluído, ou falta o cookie dele.',
    steps: [startAgain, allowCookies],
  },
  'sign-in-in-another-browser': {
    title: 'Este login não pode continuar aqui',
    message: 'Ele começou em outro navegador, já foi concluído, ou falta o cookie dele.',
    steps: [
      startAgain,
      'Conclua o login no mesmo navegador, com cookies permitidos para este site.',
    ],
  },
  'new-sign-in-not-confirmed': {
    title: 'É preciso fazer login de novo',
    message: (upstream) =>
      html`O aplicativo exige um novo login, e ${upstream} não confirmou que houve um.`,
    steps: [
      (upstream) => html`Tente de novo e, se ${upstream} permitir, identifique-se outra vez.`,
      (upstream) =>
        html`Se o problema continuar, ${upstream} não consegue confirmar novos logins: avise os desenvolvedores do aplicativo.`,
    ],
  },
  'form-expired': {
    title: 'Tente mais uma vez',
    message:
      'Este formulário não vale mais: você entrou ou saiu da conta depois de abrir a página, ou outro site o enviou. Nada foi alterado.',
    steps: ['Volte, recarregue a página e tente de novo.', allowCookies],
  },
  'account-disabled': {
    title: 'Esta conta está desativada',
    message: 'Sua conta está desativada neste servidor.',
    steps: [
      'Se você acha que isso é um engano, fale com os responsáveis por este servidor.',
      'Se você tiver outra conta, use-a para fazer login.',
    ],
  },
  'provider-unreachable': {
    title: 'O login está temporariamente indisponível',
    message: (upstream) =>
      html`Você faz login com ${upstream}, que este servidor não consegue acessar no momento.`,
    steps: [
      inAMinute,
      (upstream) =>
        html`Se ${upstream} funciona em outros sites, avise os responsáveis por este servidor.`,
    ],
  },
  'sign-in-cancelled': {
    title: 'O login não foi concluído',
    message: (upstream) => html`O login foi cancelado ou recusado por ${upstream}.`,
    steps: [
      'Tente de novo ou use outra conta.',
      (upstream) => html`Se você não cancelou, fale com os administradores de ${upstream}.`,
    ],
  },
  'provider-response-refused': {
    title: 'O login não funcionou',
    message: (upstream) =>
      html`${upstream} enviou uma resposta que este servidor não pode aceitar.`,
    steps: ['Tente de novo.', askSupport],
  },
  'organisation-not-allowed': {
    title: 'Esta conta não é aceita aqui',
    message: (upstream) =>
      html`Sua conta de ${upstream} é de uma organização cujos membros não podem fazer login aqui.`,
    steps: [
      'Faça login com uma conta da organização certa.',
      'Se esta já é a certa, avise os responsáveis por este servidor.',
    ],
  },
  'sign-in-ended-by-provider': {
    title: 'Faça login de novo',
    message: (upstream) => html`${upstream} encerrou o seu login.`,
    steps: ['Faça login mais uma vez.'],
  },
  'client-metadata-unreachable': {
    title: 'Não foi possível consultar este aplicativo',
    message:
      'O aplicativo publica uma descrição de si mesmo na web, e este servidor não consegue obtê-la no momento.',
    steps: [
      inAMinute,
      'Se o problema continuar, avise os responsáveis por este servidor: talvez ele não tenha acesso à internet. Eles também podem deixar que os aplicativos se registrem.',
    ],
  },
  'client-metadata-refused': {
    title: 'Este aplicativo não pode ser usado aqui',
    message: 'O aplicativo publica uma descrição de si mesmo na web, e ela contém um erro.',
    steps: [
      'Envie o texto abaixo aos desenvolvedores do aplicativo.',
      'Quando o erro for corrigido, espere um minuto e tente de novo.',
    ],
  },
  'client-metadata-missing': {
    title: 'Este aplicativo não é conhecido aqui',
    message: 'O aplicativo retirou da web a descrição de si mesmo, ou nunca a publicou.',
    steps: [`Atualize o aplicativo. ${addAgain}`, tellMakers],
  },
  'client-not-allowed': {
    title: 'Este aplicativo não é permitido aqui',
    message: 'Os responsáveis por este servidor não permitiram este aplicativo.',
    steps: ['Envie a eles o texto abaixo e peça que permitam o aplicativo.'],
  },
  'client-unknown': {
    title: 'Este aplicativo não é conhecido aqui',
    message:
      'O aplicativo que trouxe você até aqui não está registrado neste servidor, ou o registro dele expirou.',
    steps: [
      `${addAgain} Assim ele se registra outra vez.`,
      'Se falhar outra vez, apague o login que o aplicativo guardou.',
    ],
  },
  'redirect-uri-unknown': {
    title: 'A resposta iria para um endereço desconhecido',
    message:
      'O aplicativo pediu que a resposta fosse para um endereço que ele não registrou. Nada foi enviado.',
    steps: [addAgain, 'Se você não começou este login, feche esta página.'],
  },
  'resource-unknown': {
    title: 'Este servidor MCP não pode ser usado aqui',
    message: 'O aplicativo pediu acesso a um servidor MCP cujo endereço este servidor não conhece.',
    steps: [
      'Confira o endereço do servidor MCP no seu aplicativo.',
      'Se ele estiver certo, envie o texto abaixo aos responsáveis pelo servidor MCP: os dois endereços em “Detalhes” precisam ser iguais.',
    ],
  },
  'resource-not-named': {
    title: 'O aplicativo precisa indicar um servidor MCP',
    message:
      'Um aplicativo recebe acesso a um servidor MCP por vez. Este não indicou nenhum, ou indicou vários.',
    steps: [updateAndStart, tellMakers],
  },
}
