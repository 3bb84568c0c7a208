// Every text of the console. Another language is another file of this shape.

const number = new Intl.NumberFormat('en')
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const events = (count: number) => (count === 1 ? '1 event' : `${number.format(count)} events`)
const seconds = (count: number) => (count === 1 ? '1 second' : `${number.format(count)} seconds`)

/** Texts that several pages use. */
const common = {
  product: 'Sallyport',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied.',
  copyFailed: 'Copying failed. Select the text and copy it.',
  undo: 'Undo',
  undone: 'Undone.',
  retry: 'Try again',
  loading: 'Loading…',
  more: 'Show more',
  allShown: (count: number) => (count === 1 ? '1 entry' : `${number.format(count)} entries`),
  moreLeft: (count: number) => `${number.format(count)} shown, and there are more`,
  none: 'None',
  yes: 'Yes',
  no: 'No',
  never: 'Never',
  unknown: 'Unknown',
  working: 'Working…',
  dismiss: 'Dismiss',
  notFoundTitle: 'Page not found',
  notFound: 'This address has no page.',
  home: 'Go to the first page'
}

/** What went wrong, where the server has no words for it. */
const errors = {
  offline: 'Cannot reach the server. Check your connection and try again. What you typed is still here.',
  tooMany: (wait: number | undefined) =>
    `Too many attempts. Try again ${wait === undefined ? 'later' : `in ${seconds(wait)}`}.`,
  unavailable: (wait: number | undefined) =>
    `The server is busy or cannot reach its database. Try again ${wait === undefined ? 'soon' : `in ${seconds(wait)}`}.`,
  forbidden: (detail: string) => `Your account may not do this. ${detail}`,
  signedOut: 'Your login has ended. Sign in again.',
  cancelled: 'Cancelled. Nothing was changed.',
  passkeyUnused: 'No passkey was used. Try again, or choose another way.',
  passkeyExists: 'This device already has a passkey of your account.',
  unexpected: (status: number) => `The server gave an unexpected response (status ${status}).`
}

const shell = {
  skip: 'Skip to the content',
  nav: 'Main',
  account: 'My account',
  overview: 'Overview',
  accounts: 'Accounts',
  clients: 'Clients',
  audit: 'Audit trail',
  keys: 'Keys',
  docs: 'API docs',
  signedInAs: (username: string) => `Signed in as ${username}`,
  signOut: 'Sign out',
  signedOut: 'You have signed out.',
  notSignedOut: 'You have signed out here, but the server could not be reached: the login there ends by itself.'
}

const signIn = {
  title: 'Sign in',
  again: 'Sign in again',
  againHint: 'Your login has ended. Sign in, and this page goes on where you were.',
  username: 'Username or e-mail address',
  password: 'Password',
  keep: 'Keep me signed in in this tab',
  submit: 'Sign in',
  passkey: 'Sign in with a passkey',
  forgotten: 'Forgotten your password?',
  forgottenTitle: 'Reset your password',
  forgottenHint: 'If an account has this verified e-mail address, the server sends it a link to choose a new password.',
  email: 'E-mail address',
  sendLink: 'Send the link',
  linkSent: 'If an account has this verified e-mail address, a link is on its way. It works for an hour.',
  back: 'Back to sign in',
  wrong: 'The username or the password is wrong.'
}

/** The dialog that asks for a second factor or the password. */
const prove = {
  title: 'Confirm that it is you',
  otp: 'Code of your authenticator app',
  otpHint: '6 digits',
  recoveryCode: 'Recovery code',
  password: 'Password',
  submit: 'Confirm',
  passkey: 'Use a passkey',
  useOtp: 'Use the authenticator app instead',
  useRecoveryCode: 'Use a recovery code instead',
  usePassword: 'Use the password instead'
}

const setUp = {
  title: 'Create the first administrator',
  hint: 'This link works once. The account that you create here can manage everything on this server.',
  username: 'Username',
  password: 'Password',
  submit: 'Create and sign in',
  done: (username: string) => `Welcome, ${username}. You are the administrator of this server.`
}

const passwordRules = {
  title: 'A new password',
  length: (least: number) => `has at least ${least} characters`,
  tooLong: (most: number) => `has at most ${number.format(most)} bytes`,
  context: 'does not contain your username, your e-mail address or the name of this service',
  common: 'is not a common password (checked when you save)',
  met: 'met',
  unmet: 'not met yet',
  show: 'Show the password',
  hide: 'Hide the password'
}

/** The page "My account". */
const account = {
  title: 'My account',
  tabs: {
    profile: 'Profile',
    password: 'Password',
    security: 'Second factors',
    logins: 'Logins',
    activity: 'Activity'
  },
  profile: {
    username: 'Username',
    fullName: 'Full name',
    saveName: 'Save the name',
    nameSaved: 'The name is saved.',
    created: 'Account created',
    name: 'Your name',
    address: 'E-mail address',
    currentAddress: 'Current address',
    verified: 'Verified',
    unverified: 'Not verified',
    pending: 'New address, not confirmed yet',
    newAddress: 'New e-mail address',
    addressHint: 'The server sends a link to the new address, which you open to confirm it.',
    saveAddress: 'Change the address',
    linkSent: (address: string) => `A link is on its way to ${address}. Open it to confirm the address.`,
    sameAddress: 'This already is your verified address.',
    sendAgain: 'Send the verification link again',
    removeAddress: 'Remove the address',
    confirmRemoval: 'You can no longer sign in with this address, or reset a forgotten password by mail.',
    addressRemoved: 'The address is removed.',
    deletion: 'Delete the account',
    deletionHint: 'Everything about the account is deleted, except its id in the audit trail.',
    delete: 'Delete my account',
    confirmDeletion: 'The account, its logins and its second factors are deleted at once. This cannot be undone.',
    currentPassword: 'Current password',
    deleted: 'Your account is deleted.'
  },
  password: {
    hint: 'This login goes on. Your other logins end, on every device.',
    current: 'Current password',
    next: 'New password',
    submit: 'Change the password',
    changed: 'The password is changed. Your other logins have ended.'
  },
  security: {
    enrolTitle: 'Add a second factor',
    enrol: 'Your account needs a second factor before you can do anything else. Add one now, and then sign in again.',
    signInAgain: 'Sign in again, now with your second factor.',
    off: 'This server has no second factors: SECOND_FACTOR is off.',
    none: 'Your account has no second factor, so your password alone signs in. With one, a stolen password is not enough.',
    some: 'To sign in, you need your password and one of these, or a passkey alone.',
    someApp: 'To sign in, you need your password and a code of the authenticator app.',
    kind: 'Kind',
    kinds: { totp: 'Authenticator app', passkey: 'Passkey' },
    name: 'Name',
    added: 'Added',
    lastUsed: 'Last used to sign in',
    notRecorded: 'Not recorded',
    actions: 'Actions',
    setUpApp: 'Set up an authenticator app',
    replaceApp: 'Replace the authenticator app',
    addPasskey: 'Add a passkey',
    passkeyHint: 'Then your browser asks you to create the passkey. The name helps you to recognize it.',
    passkeyAdded: 'The passkey is added. Your other logins have ended.',
    rename: 'Rename',
    renamed: 'The passkey is renamed.',
    remove: 'Remove',
    confirmRemoval: 'It no longer works as your second factor.',
    confirmLastRemoval:
      'It is your last second factor. Without it, your password alone signs in, and your recovery codes no longer work.',
    removed: 'The second factor is removed.',
    codes: 'Recovery codes',
    codesLeft: (count: number) =>
      `You have ${count === 1 ? '1 recovery code' : `${count} recovery codes`} left. Each works once instead of a second factor.`,
    newCodes: 'Get new recovery codes',
    confirmNewCodes: 'The recovery codes that you have no longer work.'
  },
  app: {
    title: 'Set up an authenticator app',
    scan: 'Scan this code with the authenticator app on your phone, or type the secret into it.',
    qr: 'QR code for the authenticator app. It contains the secret that is shown as text.',
    secret: 'Secret',
    code: 'Code that the app shows',
    codeHint: '6 digits',
    submit: 'Confirm the code',
    added: 'The authenticator app is added. Your other logins have ended.'
  },
  codes: {
    title: 'Save your recovery codes',
    hint: 'Each code signs you in once when you have lost your second factor. Keep them where only you can find them: they are not shown again.',
    fileName: 'sallyport-recovery-codes.txt',
    heading: (server: string) => `Recovery codes for ${server}`,
    print: 'Print',
    save: 'Save as a text file',
    done: 'I have saved them'
  },
  logins: {
    hint: 'Everywhere you are signed in. If you do not know a login, end it and change your password.',
    device: 'Device',
    address: 'IP address',
    first: 'First used',
    last: 'Last used',
    actions: 'Actions',
    current: 'This login',
    end: 'End',
    confirmEnd: 'This device is signed out.',
    ended: 'The login has ended.',
    endOthers: 'End all other logins',
    confirmEndOthers: 'Every other device is signed out. This login goes on.',
    othersEnded: 'All other logins have ended.'
  },
  activity: {
    hint: 'What happened to your account, the latest first. If something was not you, change your password.',
    empty: 'Nothing is recorded yet. Your next login appears here.',
    action: 'What',
    by: 'By',
    byWhom: { you: 'You', operator: 'An operator' },
    bySomeone: 'Not signed in',
    address: 'IP address',
    at: 'When',
    detail: 'Details'
  }
}

/** The actions of the audit trail. */
const actions = {
  'user.created': 'Account created',
  'user.updated': 'Account changed',
  'user.update_failed': 'Change of the account refused',
  'user.disabled': 'Account disabled',
  'user.enabled': 'Account enabled',
  'user.scopes_changed': 'Scopes changed',
  'user.password_changed': 'Password changed',
  'user.password_change_failed': 'Change of the password refused',
  'user.password_reset_requested': 'Link to reset the password requested',
  'user.password_reset': 'Password reset by a link',
  'user.password_reset_forced': 'Password reset by an administrator',
  'user.email_verification_requested': 'Link to verify the e-mail address requested',
  'user.email_verified': 'E-mail address verified',
  'user.email_change_undone': 'Change of the e-mail address undone',
  'user.deleted': 'Account deleted',
  'user.deletion_failed': 'Deletion of the account refused',
  'users.imported': 'Accounts imported',
  'users.exported': 'Accounts exported',
  'login.succeeded': 'Signed in',
  'login.failed': 'Sign-in refused',
  'login.challenged': 'Second factor asked for',
  'factor.added': 'Second factor added',
  'factor.removed': 'Second factor removed',
  'factor.renamed': 'Passkey renamed',
  'factor.refused': 'Passkey refused',
  'recovery_codes.replaced': 'Recovery codes replaced',
  'token.refreshed': 'Login continued',
  'token.retried': 'Tokens sent again',
  'token.reuse_detected': 'Used refresh token presented again',
  'session.ended': 'Login ended',
  'session.stepped_up': 'Identity confirmed again',
  'sessions.ended': 'Logins ended',
  'code.reuse_detected': 'Used authorization code presented again',
  'client.created': 'Client created',
  'client.updated': 'Client changed',
  'client.secret_rotated': 'Client secret replaced',
  'client.deleted': 'Client deleted',
  'client.authentication_failed': 'Client refused',
  'key.created': 'Key created',
  'key.rotated': 'Key rotated',
  'key.retired': 'Key retired',
  'throttle.refused': 'Refused after too many attempts',
  'audit.pruned': 'Old events deleted'
}

/** The pages about the accounts of all users. */
const accounts = {
  title: 'Accounts'
}

const clients = {
  title: 'Clients'
}

const audit = {
  title: 'Audit trail',
  filter: 'Filter',
  show: 'Show the events',
  clear: 'Clear the filters',
  range: 'Time',
  ranges: {
    hour: 'Last hour',
    day: 'Last 24 hours',
    week: 'Last 7 days',
    month: 'Last 30 days',
    own: 'From and to …'
  },
  fields: {
    since: 'From',
    until: 'To',
    action: 'Action',
    subject: 'About',
    actor: 'By',
    client_id: 'Client',
    ip: 'Address'
  },
  anyAction: 'Any action',
  free: 'Another action …',
  freeAction: 'Name of the action',
  nameOrId: 'Username, e-mail or id',
  onlyId: 'Id',
  isAccount: (username: string) => `This is ${username}`,
  noAccount: (name: string) => `No account is named ${name}. Events of a deleted account are found by its id.`,
  endsBefore: 'The end must be later than the beginning.',

  plotTitle: { hour: 'Events by hour', day: 'Events by day' },
  isWider: 'The server counts events by time and action only. The other filters apply to the list below.',
  plot: {
    number: (count: number) => number.format(count),
    outcomes: { failed: 'Failed or refused', succeeded: 'Logins and refreshes', other: 'Changes and others' },
    all: 'All',
    sums: ({ all, failed, succeeded, other }: Record<'all' | 'failed' | 'succeeded' | 'other', number>) =>
      `${events(all)}: ${number.format(failed)} failed or refused, ${number.format(succeeded)} logins and refreshes, ` +
      `${number.format(other)} changes and others.`,
    tallest: (count: number, time: string) => `The most at a time: ${number.format(count)} (${time}).`,
    nothing: 'Nothing happened in this time.',
    isCut: 'There are more events than the console counts. Older ones are missing here.',
    daysInUtc: 'A day begins at midnight UTC.',
    missing: 'The plot could not be loaded. The table has the same numbers.',
    asTable: 'Show as a table',
    table: 'Events',
    hour: 'Hour',
    day: 'Day'
  },

  events: 'Events',
  at: 'Time',
  commandLine: 'Command line',
  empty: 'No event matches. Choose a longer time, or clear some of the filters.',
  seq: 'Number',
  exactly: 'Exact time',
  seal: 'Seal',
  unsealed: 'Not sealed yet: that takes about a second',
  detail: 'Details',
  noDetail: 'This event has no details.',
  name: 'Name',
  value: 'Value',
  alike: {
    action: 'Only this action',
    subject: 'Only about this',
    actor: 'Only by this',
    client_id: 'Only this client',
    ip: 'Only this address'
  },
  cancelled: 'Cancelled.',

  exports: {
    label: 'Export',
    progress: (count: number) => `${events(count)} read so far`,
    saved: (count: number) => `Saved ${events(count)}.`,
    savedSome: (count: number) =>
      `Saved the newest ${events(count)}. There are more: to get all, run sallyport audit export on the server.`
  },

  verify: {
    title: 'Is the audit trail intact?',
    hint: 'Every event is covered by a signed seal, which shows whether events were changed, deleted or added later.',
    now: 'Verify now',
    progress: (count: number) => `${events(count)} verified so far`,
    intact: (count: number) => (count === 1 ? '1 event is intact.' : `${number.format(count)} events are intact.`),
    broken: (what: string, fault: string) => `The audit trail is broken: ${what} ${fault}.`,
    meaning: (count: number) =>
      `The database was changed past the server or restored in part, or SECRET was changed: seals of an earlier one ` +
      `count as broken here, and sallyport audit verify --key verifies them. Before this, ${events(count)} ` +
      `${count === 1 ? 'is' : 'are'} intact; what follows was not verified.`,
    unsealed: (count: number) =>
      count === 0
        ? 'No event waits for its seal.'
        : `${events(count)} ${count === 1 ? 'waits' : 'wait'} for a seal, which takes about a second.`,
    number: (count: number) => number.format(count),
    seals: 'Intact seals',
    newest: 'Newest seal'
  }
}

const keys = {
  title: 'Keys'
}

const overview = {
  title: 'Overview',
  refresh: 'Refresh',
  refreshed: 'Refreshed.',
  readAt: (time: Date) => `As of ${clock.format(time)}. This page reads itself again every 30 seconds.`,
  number: (count: number) => number.format(count),
  atLeast: (count: number, isCut: boolean) => `${isCut ? 'at least ' : ''}${number.format(count)}`,

  activity: 'Logins',
  inTheLast: 'In the last',
  hour: 'hour',
  day: '24 hours',
  figures: {
    logins: 'Logins',
    failures: 'Failed attempts',
    throttled: 'Throttled attempts'
  },
  refreshes: (count: number, since: Date) =>
    `This process has refreshed ${count === 1 ? '1 login' : `logins ${number.format(count)} times`} since it started ` +
    `(${moment.format(since)}).`,

  events: 'Events',
  range: 'Time of the plot',
  byHour: '24 hours',
  byDay: '30 days',

  server: 'Server',
  sessions: 'Live logins',
  accounts: 'Accounts',
  hashQueue: 'Passwords',
  queue: (running: number, waiting: number, limit: number) =>
    `${number.format(running)} being hashed, ${number.format(waiting)} waiting (at most ${number.format(limit)})`,
  database: 'Database',
  databaseOf: (dialect: 'sqlite' | 'postgres', size: string) =>
    `${{ sqlite: 'SQLite', postgres: 'PostgreSQL' }[dialect]}, ${size}`,
  version: 'Sallyport',
  node: 'Node.js',
  startedAt: 'Started',

  findings: 'What doctor says',
  levels: { error: 'Error', warning: 'Warning' },
  noFindings: 'The settings need no change. The command sallyport doctor checks more, such as files and the clock.',
  moreChecks: 'The command sallyport doctor checks more, such as files and the clock.'
}

/** An action of the audit trail in words; the name of one that a newer server has. */
export const wordsFor = (action: string): string => (actions as Record<string, string>)[action] ?? action

export const texts = {
  common,
  errors,
  shell,
  signIn,
  prove,
  setUp,
  passwordRules,
  account,
  actions,
  accounts,
  clients,
  audit,
  keys,
  overview
}
