import { clock, moment, number, plural } from '../intl.ts'
import type { Texts } from './en.ts'

const events = (count: number) => plural(count, { one: '# Ereignis', other: '# Ereignisse' })
/** After “in”, which takes the dative. */
const inTime = (seconds: number) => plural(seconds, { one: '# Sekunde', other: '# Sekunden' })

export const common: Texts['common'] = {
  name: 'Name',
  username: 'Benutzername',
  password: 'Passwort',
  email: 'E-Mail-Adresse',
  fullName: 'Vollständiger Name',
  optional: label => `${label} (optional)`,
  verified: 'Bestätigt',
  notVerified: 'Nicht bestätigt',
  currentPassword: 'Aktuelles Passwort',
  kind: 'Art',
  kinds: { totp: 'Authenticator-App', passkey: 'Passkey' },
  added: 'Hinzugefügt',
  remove: 'Entfernen',
  state: 'Status',
  all: 'Alle',
  enabled: 'Aktiv',
  disabled: 'Deaktiviert',
  enable: 'Aktivieren',
  enabledNow: name => `${name} ist aktiviert.`,
  disable: 'Deaktivieren',
  scopes: 'Scopes',
  created: 'Angelegt',
  changed: 'Zuletzt geändert',
  actions: 'Aktionen',
  delete: 'Löschen',
  you: 'Sie',
  notSignedIn: 'Nicht angemeldet',
  started: 'Begonnen',
  lastUsed: 'Zuletzt verwendet',
  at: 'Zeit',
  claims: 'Claims',
  data: 'Daten',
  id: 'ID',
  secret: 'Geheimnis',
  mistyped: name => `Das ist nicht ${name}`,
  sixDigits: '6 Ziffern',
  cancel: 'Abbrechen',
  close: 'Schließen',
  cancelled: 'Abgebrochen.',
  copy: 'Kopieren',
  copied: 'Kopiert.',
  copyFailed: 'Das ging nicht. Markieren und kopieren Sie den Text selbst.',
  undo: 'Rückgängig',
  undone: 'Rückgängig gemacht.',
  retry: 'Erneut versuchen',
  loading: 'Wird geladen …',
  more: 'Mehr anzeigen',
  allShown: count => plural(count, { one: '# Eintrag', other: '# Einträge' }),
  moreLeft: count => `${number.format(count)} angezeigt, es gibt weitere`,
  none: '–',
  never: 'Nie',
  unknown: 'Unbekannt',
  deviceOn: (browser, system) => `${browser} unter ${system}`,
  login: (device, time) => `${device}, ${time}`,
  loginOf: time => `Anmeldung vom ${time}`,
  loginDetail: 'Anmeldung',
  working: 'Bitte warten …',
  dismiss: 'Ausblenden',
  saved: 'Ich habe es gespeichert',
  notFoundTitle: 'Seite nicht gefunden',
  notFound: 'Unter dieser Adresse gibt es keine Seite.',
  home: 'Zur Startseite'
}

export const errors: Texts['errors'] = {
  offline: `Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal. Ihre Eingaben sind noch da.`,
  tooMany: wait =>
    `Zu viele Versuche. Versuchen Sie es ${wait === undefined ? 'später' : `in ${inTime(wait)}`} wieder.`,
  unavailable: wait =>
    `Der Server ist ausgelastet oder erreicht seine Datenbank nicht. Versuchen Sie es ${wait === undefined ? 'bald' : `in ${inTime(wait)}`} wieder.`,
  forbidden: detail => `Ihr Konto darf das nicht. ${detail}`,
  signedOut: 'Ihre Anmeldung ist beendet. Melden Sie sich wieder an.',
  fault: (label, detail) => `${label}: ${detail}.`,
  cancelled: 'Abgebrochen. Nichts wurde geändert.',
  passkeyUnused: 'Kein Passkey wurde verwendet. Versuchen Sie es noch einmal oder wählen Sie einen anderen Weg.',
  passkeyExists: 'Auf diesem Gerät gibt es schon einen Passkey für Ihr Konto.',
  passkeyElsewhere: 'Passkeys funktionieren unter dieser Adresse nicht. Melden Sie sich mit Ihrem Passwort an.',
  unexpected: status => `Der Server hat unerwartet geantwortet (Status ${status}). Versuchen Sie es später noch einmal.`
}

export const shell: Texts['shell'] = {
  skip: 'Zum Inhalt springen',
  nav: 'Hauptmenü',
  docs: 'API-Doku',
  menu: 'Menü',
  signedInAs: 'Angemeldet als',
  signOut: 'Abmelden',
  signedOut: 'Sie haben sich abgemeldet.',
  notSignedOut: `Sie sind hier abgemeldet. Der Server war nicht erreichbar, daher endet Ihre Anmeldung dort erst, wenn sie abläuft.`
}

export const search: Texts['search'] = {
  label: 'Suche',
  hint: 'Konten nach Benutzername, E-Mail-Adresse oder ID, Clients nach Name oder ID, Anmeldungen nach ID. Mit / kommen Sie hierher.',
  title: q => (q ? `Suche: ${q}` : 'Suche'),
  none: 'Nichts gefunden. Suchen Sie nach dem Anfang eines Benutzernamens oder einer E-Mail-Adresse, einem Teil des Namens eines Clients oder der ID eines Kontos, eines Clients oder einer Anmeldung. Die ID einer Anfrage steht nur im Log des Servers.',
  isCut: 'Es gibt mehr Ergebnisse. Suchen Sie nach einem längeren Text.',
  ofLogin: login => `Ereignisse der ${login}`,
  about: id => `Ereignisse zu ${id}`
}

export const signIn: Texts['signIn'] = {
  title: 'Anmelden',
  again: 'Erneut anmelden',
  againHint: 'Ihre Anmeldung ist beendet. Melden Sie sich an, um hier weiterzuarbeiten.',
  username: 'Benutzername oder E-Mail-Adresse',
  keep: 'Angemeldet bleiben',
  keepHint: 'Bis Sie sich abmelden, auch wenn Sie den Browser schließen. Nicht auf gemeinsam genutzten Geräten.',
  passkey: 'Mit einem Passkey anmelden',
  sendCode: 'Code per E-Mail senden',
  forgotten: 'Passwort vergessen?',
  forgottenTitle: 'Passwort zurücksetzen',
  forgottenHint: `Wenn ein Konto diese bestätigte E-Mail-Adresse hat, sendet der Server einen Link dorthin, mit dem Sie ein neues Passwort wählen.`,
  sendLink: 'Link senden',
  linkSent: `Wenn ein Konto diese bestätigte E-Mail-Adresse hat, ist ein Link unterwegs. Er funktioniert eine Stunde lang.`,
  back: 'Zurück zur Anmeldung'
}

export const json: Texts['json'] = {
  label: title => `${title} als JSON`,
  fault: (line, column) => `Ab Zeile ${line}, Spalte ${column} ist das kein JSON`,
  noObject: 'Hier muss ein Objekt in geschweiften Klammern stehen; {} ist ein leeres',
  member: (member, detail) => `${member} ${detail}`,
  same: 'Nichts hat sich geändert.',
  overtaken: `Das Konto wurde inzwischen an anderer Stelle geändert. Ihr Text ist nicht gespeichert, aber noch da. Darunter steht, was der Server jetzt hat: Wenn Sie noch einmal speichern, ersetzt Ihr Text diesen Stand.`,
  current: title => `${title} auf dem Server`
}

export const prove: Texts['prove'] = {
  title: 'Bestätigen Sie, dass Sie es sind',
  otp: 'Code aus Ihrer Authenticator-App',
  recovery: 'Wiederherstellungscode',
  submit: 'Bestätigen',
  passkey: 'Passkey verwenden',
  emailCodeTitle: 'Mit einem Code anmelden',
  emailCodeHint: `Wenn es dieses Konto gibt und seine E-Mail-Adresse bestätigt ist, ist ein Code unterwegs. Er funktioniert 10 Minuten lang.`,
  emailCode: 'Code aus der Nachricht',
  anotherEmailCode: 'Neuen Code senden',
  useOtp: 'Stattdessen die Authenticator-App verwenden',
  useRecovery: 'Stattdessen einen Wiederherstellungscode verwenden',
  usePassword: 'Stattdessen das Passwort verwenden'
}

export const suggestion: Texts['suggestion'] = {
  title: 'Vorschlag',
  why: 'Ein Passkey schützt Ihr Konto besser als ein Passwort, und Sie melden sich damit schneller an.',
  create: 'Passkey erstellen',
  dismiss: 'Nein, danke'
}

export const setUp: Texts['setUp'] = {
  title: 'Das erste Administrationskonto anlegen',
  broken: 'Dieser Link funktioniert nicht',
  hint: 'Dieser Link funktioniert einmal. Das Konto, das Sie hier anlegen, kann alles auf diesem Server verwalten.',
  submit: 'Anlegen und anmelden',
  done: username => `Willkommen, ${username}. Sie administrieren jetzt diesen Server.`
}

export const passwordRules: Texts['passwordRules'] = {
  title: 'Ein neues Passwort',
  length: least => `hat mindestens ${least} Zeichen`,
  tooLong: most => `hat höchstens ${number.format(most)} Bytes`,
  context: 'enthält weder Ihren Benutzernamen noch Ihre E-Mail-Adresse noch den Namen dieses Dienstes',
  common: 'ist kein häufiges Passwort (wird beim Speichern geprüft)',
  met: 'erfüllt',
  unmet: 'noch nicht erfüllt',
  show: 'Passwort anzeigen',
  hide: 'Passwort verbergen'
}

export const account: Texts['account'] = {
  title: 'Mein Konto',
  tabs: {
    profile: 'Profil',
    password: 'Passwort',
    security: 'Sicherheit',
    tokens: 'Persönliche Zugriffstoken',
    logins: 'Anmeldungen',
    activity: 'Aktivität'
  },
  profile: {
    saveName: 'Namen speichern',
    nameSaved: 'Der Name ist gespeichert.',
    created: 'Konto angelegt',
    name: 'Ihr Name',
    currentAddress: 'Aktuelle Adresse',
    pending: 'Neue Adresse, noch nicht bestätigt',
    newAddress: 'Neue E-Mail-Adresse',
    addressHint: 'Der Server sendet einen Link an die neue Adresse. Öffnen Sie ihn, um die Adresse zu bestätigen.',
    saveAddress: 'Adresse ändern',
    linkSent: address => `Ein Link ist unterwegs an ${address}. Öffnen Sie ihn, um die Adresse zu bestätigen.`,
    sameAddress: 'Das ist schon Ihre bestätigte Adresse.',
    sendAgain: 'Bestätigungslink noch einmal senden',
    removeAddress: 'Adresse entfernen',
    confirmRemoval: `Sie können sich mit dieser Adresse nicht mehr anmelden und ein vergessenes Passwort nicht mehr per E-Mail zurücksetzen.`,
    addressRemoved: 'Die Adresse ist entfernt.',
    language: 'Sprache',
    languageHere: 'Sprache dieser Konsole und Ihrer E-Mails',
    asTheBrowser: 'Wie im Browser',
    saveLanguage: 'Sprache speichern',
    dataHint: 'Ihre Apps bewahren diese Daten für Sie auf, etwa ein Farbschema. Sie stehen in keinem Token.',
    saveData: 'Daten speichern',
    dataSaved: 'Die Daten sind gespeichert.',
    claimsHint: 'Die Administration setzt sie für Sie, und Ihre Apps lesen sie in Ihren Zugriffstoken.',
    deletion: 'Konto löschen',
    deletionHint: `Alles über das Konto wird gelöscht. Nur seine Ereignisse bleiben im Audit-Protokoll, mit seiner ID, Zeiten und IP-Adressen, solange der Server Ereignisse aufbewahrt (AUDIT_RETENTION).`,
    delete: 'Mein Konto löschen',
    confirmDeletion: `Das Konto, seine Anmeldungen und seine zweiten Faktoren werden sofort gelöscht. Das lässt sich nicht rückgängig machen.`,
    noPassword: 'Lassen Sie das Feld leer, wenn Ihr Konto kein Passwort hat.',
    deleted: 'Ihr Konto ist gelöscht.'
  },
  password: {
    hint: 'Diese Anmeldung besteht weiter. Alle Ihre anderen Anmeldungen enden. Ihre persönlichen Zugriffstoken funktionieren weiter.',
    next: 'Neues Passwort',
    submit: 'Passwort ändern',
    changed: 'Das Passwort ist geändert. Ihre anderen Anmeldungen sind beendet.'
  },
  security: {
    title: 'Zweite Faktoren',
    enrolTitle: 'Zweiten Faktor hinzufügen',
    enrol: `Ihr Konto braucht einen zweiten Faktor, bevor Sie etwas anderes tun können. Fügen Sie jetzt einen hinzu und melden Sie sich dann erneut an.`,
    signInAgain: 'Melden Sie sich erneut an, jetzt mit Ihrem zweiten Faktor.',
    off: 'Zweite Faktoren sind auf diesem Server abgeschaltet (SECOND_FACTOR=off).',
    none: 'Zum Anmelden genügt Ihr Passwort. Mit einem zweiten Faktor genügt ein gestohlenes Passwort nicht mehr.',
    some: 'Zum Anmelden brauchen Sie Ihr Passwort und einen dieser Faktoren, oder nur einen Passkey.',
    someApp: 'Zum Anmelden brauchen Sie Ihr Passwort und einen Code aus der Authenticator-App.',
    lastUsedToSignIn: 'Zuletzt zum Anmelden verwendet',
    notRecorded: 'Nicht erfasst',
    setUpApp: 'Authenticator-App einrichten',
    replaceApp: 'Authenticator-App ersetzen',
    addPasskey: 'Passkey hinzufügen',
    passkeyHint: 'Am Namen erkennen Sie den Passkey wieder. Danach bittet Ihr Browser Sie, ihn anzulegen.',
    passkeyAdded: 'Der Passkey ist hinzugefügt. Ihre anderen Anmeldungen sind beendet.',
    passkeysElsewhere: origins =>
      `Unter dieser Adresse funktionieren Passkeys nicht. Melden Sie sich unter einer von diesen an, um einen hinzuzufügen: ${origins}`,
    rename: 'Umbenennen',
    renamed: 'Der Passkey ist umbenannt.',
    confirmRemoval: 'Er gilt nicht mehr als Ihr zweiter Faktor, und Ihre anderen Anmeldungen enden.',
    confirmLastRemoval: `Das ist Ihr letzter zweiter Faktor. Ohne ihn genügt Ihr Passwort zum Anmelden, und Ihre Wiederherstellungscodes funktionieren nicht mehr. Ihre anderen Anmeldungen enden.`,
    removed: 'Der zweite Faktor ist entfernt. Ihre anderen Anmeldungen sind beendet.',
    codes: 'Wiederherstellungscodes',
    codesLeft: 'Jeder funktioniert einmal anstelle eines zweiten Faktors.',
    newCodes: 'Neue Wiederherstellungscodes anfordern',
    confirmNewCodes: 'Ihre bisherigen Wiederherstellungscodes funktionieren dann nicht mehr.'
  },
  app: {
    scan: 'Scannen Sie diesen Code mit der Authenticator-App auf Ihrem Telefon oder tippen Sie das Geheimnis dort ein.',
    qr: 'QR-Code mit dem Geheimnis für die Authenticator-App. Das Geheimnis steht auch als Text da.',
    code: 'Code, den die App anzeigt',
    submit: 'Code bestätigen',
    added: 'Die Authenticator-App ist hinzugefügt. Ihre anderen Anmeldungen sind beendet.'
  },
  codes: {
    title: 'Speichern Sie Ihre Wiederherstellungscodes',
    hint: 'Mit jedem Code melden Sie sich einmal an, wenn Sie Ihren zweiten Faktor verloren haben. Bewahren Sie die Codes so auf, dass nur Sie sie finden: Sie werden nicht noch einmal angezeigt.',
    fileName: 'sallyport-wiederherstellungscodes.txt',
    heading: server => `Wiederherstellungscodes für ${server}`,
    print: 'Drucken',
    save: 'Als Textdatei speichern',
    done: 'Ich habe sie gespeichert'
  },
  activity: {
    hint: 'Die Ereignisse Ihres Kontos, die neuesten zuerst. Wenn Sie eines nicht erkennen, ändern Sie Ihr Passwort und entfernen Sie persönliche Zugriffstoken und verknüpfte Konten, die nicht von Ihnen sind.',
    empty: 'Noch ist nichts erfasst. Ihre nächste Anmeldung erscheint hier.',
    operator: 'Administration'
  }
}

export const logins: Texts['logins'] = {
  hint: 'Überall dort sind Sie angemeldet. Wenn Sie eine Anmeldung nicht erkennen, beenden Sie sie und ändern Sie Ihr Passwort.',
  empty: 'Das Konto hat keine Anmeldung.',
  device: 'Gerät',
  thisLogin: 'Diese Anmeldung',
  end: 'Beenden',
  endLogin: login => `Anmeldung beenden: ${login}`,
  confirmEnd: 'Sie werden auf diesem Gerät abgemeldet.',
  ended: 'Die Anmeldung ist beendet.',
  endOthers: 'Alle anderen Anmeldungen beenden',
  confirmEndOthers: 'Sie werden auf allen anderen Geräten abgemeldet. Diese Anmeldung besteht weiter.',
  othersEnded: 'Alle anderen Anmeldungen sind beendet.',
  endHint: 'Sie verwenden diese Anmeldung gerade: Sie werden abgemeldet.'
}

export const tokens: Texts['tokens'] = {
  hint: 'Mit einem persönlichen Zugriffstoken handelt ein Skript für Sie, ohne Ihr Passwort.',
  empty: 'Sie haben kein persönliches Zugriffstoken.',
  emptyAccount: 'Das Konto hat kein persönliches Zugriffstoken.',
  nameHint: 'Benennen Sie das Skript, das das Token verwenden wird.',
  scopesHint: 'Was das Skript darf. Ohne Scope zeigt das Token nur, wem es gehört.',
  noScopes: 'Ihre Anmeldung hat keinen Scope einer API, daher zeigt das Token nur, wem es gehört.',
  missing: scopes =>
    `Ihrer Anmeldung fehlen Scopes Ihres Kontos, daher kann ein Token sie nicht haben: ${scopes}. Melden Sie sich erneut an, um sie zu erhalten.`,
  resource: 'API',
  anyResource: 'Beliebig',
  lifetime: 'Gültigkeit',
  days: count => plural(count, { one: '# Tag', other: '# Tage' }),
  expires: 'Läuft ab',
  create: 'Token anlegen',
  createdNow: name => `Das Token ${name} ist angelegt.`,
  valueOf: name => `Token ${name}`,
  once: 'Kopieren Sie das Token jetzt und geben Sie es dem Skript. Es wird nicht noch einmal angezeigt: Wenn Sie es verlieren, löschen Sie es und legen Sie ein neues an.',
  deleteHint: `Dieser Server weist das Token und seine Zugriffstoken sofort ab. Andere Dienste nehmen diese Zugriffstoken an, bis sie ablaufen. Das lässt sich nicht rückgängig machen.`,
  deletedNow: name => `Das Token ${name} ist gelöscht.`
}

export const identities: Texts['identities'] = {
  title: 'Verknüpfte Konten',
  hint: 'In Apps, die das anbieten, melden Sie sich mit diesen Konten anstelle Ihres Passworts an. Um ein weiteres zu verknüpfen, melden Sie sich in einer solchen App an und verknüpfen Sie es dort.',
  empty: 'Kein Konto eines anderen Anbieters ist verknüpft.',
  provider: 'Anbieter',
  emailWhenLinked: 'E-Mail-Adresse beim Verknüpfen',
  subject: 'ID beim Anbieter',
  linked: 'Verknüpft',
  unlink: 'Trennen',
  unlinkHint: 'Sie können sich damit nicht mehr anmelden. Ihre anderen Anmeldungen enden.',
  unlinkHintAccount: `Damit kann sich niemand mehr an diesem Konto anmelden, und alle seine Anmeldungen enden. Stellen Sie sicher, dass es noch einen anderen Weg zum Anmelden gibt.`,
  unlinkedNow: 'Das verknüpfte Konto ist getrennt.'
}

export const actions: Texts['actions'] = {
  'user.created': 'Konto angelegt',
  'user.updated': 'Konto geändert',
  'user.update_failed': 'Änderung des Kontos abgelehnt',
  'user.disabled': 'Konto deaktiviert',
  'user.enabled': 'Konto aktiviert',
  'user.scopes_changed': 'Scopes geändert',
  'user.claims_changed': 'Claims geändert',
  'user.password_changed': 'Passwort geändert',
  'user.password_change_failed': 'Änderung des Passworts abgelehnt',
  'user.invitation_requested': 'Einladung erneut gesendet',
  'user.password_reset_requested': 'Link zum Zurücksetzen des Passworts angefordert',
  'user.password_reset': 'Passwort über einen Link zurückgesetzt',
  'user.password_reset_forced': 'Passwort durch die Administration zurückgesetzt',
  'user.email_verification_requested': 'Link zum Bestätigen der E-Mail-Adresse angefordert',
  'user.email_verified': 'E-Mail-Adresse bestätigt',
  'user.email_change_undone': 'Änderung der E-Mail-Adresse rückgängig gemacht',
  'user.deleted': 'Konto gelöscht',
  'user.deletion_failed': 'Löschung des Kontos abgelehnt',
  'users.imported': 'Konten importiert',
  'users.exported': 'Konten exportiert',
  'login.succeeded': 'Angemeldet',
  'login.failed': 'Anmeldung abgelehnt',
  'login.challenged': 'Zweiter Faktor verlangt',
  'login.code_requested': 'Code per E-Mail angefordert',
  'factor.added': 'Zweiter Faktor hinzugefügt',
  'factor.addition_allowed': 'Passwort für einen neuen zweiten Faktor bestätigt',
  'factor.addition_failed': 'Neuer zweiter Faktor abgelehnt',
  'factor.removed': 'Zweiter Faktor entfernt',
  'factor.renamed': 'Passkey umbenannt',
  'factor.refused': 'Passkey abgelehnt',
  'factor.undone': 'Neue zweite Faktoren über einen Link per E-Mail entfernt',
  'recovery_codes.replaced': 'Wiederherstellungscodes ersetzt',
  'token.refreshed': 'Anmeldung fortgesetzt',
  'token.retried': 'Token erneut gesendet',
  'token.reuse_detected': 'Refresh-Token zweimal verwendet',
  'token.key_refused': 'Refresh-Token ohne seinen Schlüssel vorgelegt',
  'personal_token.created': 'Persönliches Zugriffstoken angelegt',
  'personal_token.deleted': 'Persönliches Zugriffstoken gelöscht',
  'personal_token.used_elsewhere': 'Persönliches Zugriffstoken aus einem neuen Netz verwendet',
  'personal_tokens.deleted': 'Persönliche Zugriffstoken aller Konten gelöscht',
  'identity.linked': 'Konto eines Anbieters verknüpft',
  'identity.unlinked': 'Verknüpftes Konto getrennt',
  'session.ended': 'Anmeldung beendet',
  'session.stepped_up': 'Identität erneut bestätigt',
  'sessions.ended': 'Anmeldungen beendet',
  'code.issued': 'Autorisierungscode ausgestellt',
  'code.reuse_detected': 'Autorisierungscode zweimal verwendet',
  'client.created': 'Client angelegt',
  'client.updated': 'Client geändert',
  'client.secret_rotated': 'Geheimnis des Clients ersetzt',
  'client.deleted': 'Client gelöscht',
  'client.authentication_failed': 'Client abgelehnt',
  'key.created': 'Schlüssel angelegt',
  'key.rotated': 'Schlüssel gewechselt',
  'key.retired': 'Schlüssel zurückgezogen',
  'secret.rotated': 'SECRET geändert',
  'throttle.refused': 'Nach zu vielen Versuchen abgelehnt',
  'audit.pruned': 'Alte Ereignisse gelöscht',
  'webhook.created': 'Webhook angelegt',
  'webhook.updated': 'Webhook geändert',
  'webhook.replayed': 'Ereignisse von einem Webhook erneut gesendet',
  'webhook.tested': 'Testereignis für einen Webhook',
  'webhook.paused': 'Webhook vom Server angehalten',
  'webhook.deleted': 'Webhook gelöscht'
}

export const scopes: Texts['scopes'] = {
  me: 'Das eigene Konto lesen und ändern',
  'users:read': 'Alle Konten lesen',
  'users:write': 'Alle Konten anlegen, ändern, deaktivieren und löschen',
  'clients:read': 'Alle Clients lesen',
  'clients:write': 'Alle Clients anlegen, ändern und löschen',
  'keys:read': 'Die Signaturschlüssel lesen',
  'keys:write': 'Die Signaturschlüssel wechseln',
  'audit:read': 'Das Audit-Protokoll lesen',
  'webhooks:write': 'Alle Webhooks lesen und ändern',
  introspect: 'Prüfen, ob ein Token gültig ist'
}

const counted = (count: number) => plural(count, { one: '# Konto', other: '# Konten' })

export const accounts: Texts['accounts'] = {
  title: 'Konten',
  account: 'Konto',
  allAccounts: 'Alle Konten',

  search: 'Anfang des Benutzernamens oder der E-Mail-Adresse',
  find: 'Suchen',
  total: count => (count < 10_000 ? counted(count) : `${number.format(count)} Konten oder mehr`),
  noneFound: 'Kein Konto passt. Kürzen Sie den Text oder wählen Sie einen anderen Status.',
  create: 'Konto anlegen',
  scopesInShort: (first, others) => (others === 0 ? first : `${first} und ${number.format(others)} weitere`),
  invited: 'Eingeladen',
  sort: 'Reihenfolge',
  sorts: { username: 'Nach Benutzername', newest: 'Neueste zuerst' },

  select: username => `${username} auswählen`,
  selectAll: 'Alle aufgeführten Konten außer Ihrem eigenen auswählen',
  selection: 'Auswahl',
  selected: count => (count === 0 ? 'Kein Konto ausgewählt' : `${counted(count)} ausgewählt`),
  ownSelected: 'Ihr eigenes Konto ist darunter. Wenn Sie es deaktivieren, werden Sie abgemeldet.',
  clear: 'Auswahl aufheben',
  disableMany: count => `${counted(count)} deaktivieren`,
  enableMany: count => `${counted(count)} aktivieren`,
  progress: (done, total) => `${done} von ${total} …`,
  outcome: 'Ergebnis',
  didDisable: count => `${counted(count)} deaktiviert und abgemeldet.`,
  didEnable: count => `${counted(count)} aktiviert.`,
  didNone: 'Kein Konto wurde geändert.',
  left: (count, why) => `${counted(count)} nicht versucht und noch ausgewählt. ${why}`,

  createHint: `Das Konto erhält die Standard-Scopes dieses Servers, die Sie auf seiner Seite ändern können. Wenn es eine E-Mail-Adresse hat, sendet der Server dorthin einen Link, der sie bestätigt.`,
  createSubmit: 'Anlegen',
  createdNow: username => `Das Konto ${username} ist angelegt.`,
  needsWrite: 'Zum Anlegen von Konten braucht es den Scope users:write.',

  invite: 'Person einladen',
  inviteHint: `Der Server sendet an die Adresse einen Link, mit dem die Person ein Passwort wählt. Er funktioniert einmal, 7 Tage lang, und bestätigt die Adresse. Die Nachricht nennt diesen Server und nichts, was Sie hier eingeben. Ohne Mailserver erhalten Sie den Link und geben ihn weiter; er bestätigt die Adresse nicht.`,
  inviteSubmit: 'Einladung senden',
  invitedNow: (username, email) => `Das Konto ${username} ist angelegt. Eine Einladung ist unterwegs an ${email}.`,
  invitation: 'Einladung',
  invitationHint: `Für das Konto wurde noch kein Passwort gewählt. Eine weitere Nachricht enthält einen neuen Link, der 7 Tage lang funktioniert; frühere Links bleiben gültig. Um die Einladung zurückzuziehen, löschen Sie das Konto: Seine Links funktionieren dann sofort nicht mehr.`,
  inviteAgain: 'Weitere Nachricht senden',
  invitedAgain: email => `Eine weitere Einladung ist unterwegs an ${email}.`,
  linkFor: username => `Einladungslink für ${username}`,
  linkHint: `Dieser Server hat keinen Mailserver, deshalb wurde nichts gesendet. Geben Sie diesen Link an die Person weiter, die damit ihr Passwort wählt. Er funktioniert einmal, 7 Tage lang. Er wird nur jetzt angezeigt.`,
  linkMade: username => `${username} hat einen weiteren Link.`,

  correct: 'Berichtigen',
  confirms: 'Die Person bestätigt eine neue Adresse über einen Link, den der Server sendet.',
  confirmsAndTells: `Die Person bestätigt eine neue Adresse über einen Link, den der Server sendet. Bis dahin gilt die jetzige. Diese erhält eine Nachricht, mit der sich die Änderung rückgängig machen lässt.`,
  invitesThere: 'Der Server sendet die Einladung an eine neue Adresse.',
  corrected: (username, email) =>
    `${username} ist berichtigt.${email ? ` Eine Nachricht ist unterwegs an ${email}.` : ''}`,

  claimsHint: `Ihre APIs lesen sie, etwa Rollen und einen Mandanten. Eine Änderung steht ab der nächsten Erneuerung in Zugriffstoken und sofort in der Introspection.`,
  saveClaims: 'Claims speichern',
  savedClaims: username =>
    `Die Claims von ${username} sind gespeichert. Zugriffstoken enthalten sie ab der nächsten Erneuerung.`,
  noClaims: 'Das Konto hat keine Claims.',
  dataHint: 'Die Person schreibt sie mit Ihren Apps. Sie stehen in keinem Token.',

  unknownTitle: 'Kein solches Konto',
  unknown: 'Kein Konto hat diese ID. Vielleicht wurde es gelöscht.',
  own: 'Das ist Ihr eigenes Konto. Profil, Passwort und zweite Faktoren ändern Sie auf der Seite',

  dangerous: 'Gefährliche Aktionen',
  disableOwn: `Das ist Ihr eigenes Konto: Sie werden sofort abgemeldet, und nur ein anderes Administrationskonto kann es aktivieren.`,
  disableDeletes: 'Das Deaktivieren löscht persönliche Zugriffstoken, und das Aktivieren stellt sie nicht wieder her.',
  disabledNow: username => `${username} ist deaktiviert, und alle Anmeldungen des Kontos sind beendet.`,
  reset: 'Passwort zurücksetzen',
  resetHint: `Das Passwort funktioniert nicht mehr, und alle Anmeldungen des Kontos enden. Seine persönlichen Zugriffstoken funktionieren weiter.`,
  resetMails: email => `Der Server sendet einen Link zum Wählen eines neuen Passworts an ${email}.`,
  resetInvites: (email, id) =>
    `Die Adresse ${email} ist nicht bestätigt. Wenn das Konto noch nie verwendet wurde, sendet der Server ihr einen Link zum Wählen eines Passworts. Andernfalls setzen Sie ein neues Passwort mit dem Befehl sallyport users set-password ${id}`,
  resetMailsNothing: id =>
    `Das Konto hat keine E-Mail-Adresse, daher sendet der Server keinen Link. Setzen Sie ein neues Passwort mit dem Befehl sallyport users set-password ${id}`,
  resetNow: username => `Das alte Passwort von ${username} funktioniert nicht mehr, und alle Anmeldungen sind beendet.`,
  removeHint: `Alles über das Konto wird gelöscht, und seine Anmeldungen enden. Nur seine Ereignisse bleiben im Audit-Protokoll, mit seiner ID, Zeiten und IP-Adressen, bis sie älter als AUDIT_RETENTION sind. Das lässt sich nicht rückgängig machen.`,
  removeTyped: username => `Tippen Sie zur Bestätigung den Benutzernamen ${username}`,
  removedNow: username => `Das Konto ${username} ist gelöscht.`,

  scopesHint: `Anmeldungen des Kontos dürfen diese Scopes verwenden. Ein Gerät erhält einen neuen Scope bei der nächsten Anmeldung.`,
  plainScopes: 'Scopes für Ihre Anwendungen',
  privilegedScopes: 'Scopes, die diesen Server verwalten',
  privilegedHint: `Eine Anmeldung erhält sie nur, wenn der Client sie beim Namen anfordert. Ein Konto mit users:write hat Administrationsrechte.`,
  onlyRemovable: `Ihrer Anmeldung fehlt dieser Scope: Wenn Sie ihn entfernt haben, können Sie ihn nicht wieder vergeben`,
  saveScopes: 'Scopes speichern',
  savedScopes: username => `Die Scopes von ${username} sind gespeichert.`,
  sameScopes: 'Die Scopes sind dieselben wie vorher.',

  endAll: 'Alle Anmeldungen beenden',
  endAllHint: 'Auf jedem Gerät des Kontos ist eine neue Anmeldung nötig.',
  endedAllNow: username => `Alle Anmeldungen von ${username} sind beendet.`,

  noFactors: 'Das Konto hat keinen zweiten Faktor. Die Person kann auf der Seite „Mein Konto“ einen hinzufügen.',
  codesLeft: count =>
    plural(count, { one: 'Noch # Wiederherstellungscode.', other: 'Noch # Wiederherstellungscodes.' }),
  removeFactors: 'Alle zweiten Faktoren entfernen',
  removeFactorsHint: `Tun Sie das, wenn eine Person alle verloren hat, und stellen Sie sicher, dass sie es ist, die darum bittet. Die Wiederherstellungscodes funktionieren nicht mehr, und alle Anmeldungen enden. Die Person meldet sich mit dem Passwort allein an und fügt dann auf der Seite „Mein Konto“ einen neuen zweiten Faktor hinzu.`,
  removedFactors: username =>
    `Alle zweiten Faktoren von ${username} sind entfernt. Zum Anmelden genügt das Passwort; ein neuer Faktor sollte folgen.`,

  noActivity: 'Das Audit-Protokoll hat kein Ereignis zu diesem Konto.',
  inAudit: 'Im Audit-Protokoll anzeigen',
  byOwner: 'Das Konto selbst'
}

export const clients: Texts['clients'] = {
  title: 'Clients',
  empty: `Kein Client ist registriert. Ihre eigenen Apps können Personen auch ohne einen anmelden, über den eingebauten Client. Registrieren Sie einen Client, um zu begrenzen, was eine App darf, um sie einzeln deaktivieren zu können oder für einen Server, der für sich selbst handelt.`,
  nameHint: 'Jeder Client hat einen eigenen Namen.',
  clientId: 'Client-ID',
  type: 'Typ',
  types: {
    public: { label: 'Öffentlich', hint: 'läuft im Browser oder auf einem Telefon und kann kein Geheimnis hüten.' },
    confidential: { label: 'Vertraulich', hint: 'läuft auf einem Server und weist sich mit einem Geheimnis aus.' }
  },
  grants: 'Grants',
  grantsHint: 'Wie der Client Token erhalten darf. Wählen Sie mindestens einen Weg.',
  meaningOfGrant: {
    password: 'Personen melden sich mit Benutzername und Passwort an',
    refresh_token: 'Personen bleiben angemeldet, wenn ein Zugriffstoken abläuft',
    authorization_code: 'Personen melden sich mit einem zweiten Faktor oder einem Passkey an',
    client_credentials: 'der Client handelt für sich selbst, ohne eine Person',
    'urn:ietf:params:oauth:grant-type:token-exchange':
      'Skripte verwenden persönliche Zugriffstoken, und Personen melden sich mit einem verknüpften Konto an'
  },
  nameOfGrant: { 'urn:ietf:params:oauth:grant-type:token-exchange': 'Token-Tausch' },
  scopesHint: `Die Scopes, die der Client anfordern darf. Sie können die Scopes hinzufügen, die Ihre eigene Anmeldung hat; der Befehl „sallyport clients update“ kann jeden Scope hinzufügen.`,
  ownScope: 'ein Scope Ihrer eigenen APIs',
  bound: 'An einen Schlüssel gebundene Token',
  boundHint: `Der Client muss bei jeder Anforderung von Token einen DPoP-Nachweis senden, sodass ein kopiertes Token nutzlos ist.`,
  isBound: { true: 'Ja: Token gibt es nur mit einem DPoP-Nachweis', false: 'Nur wenn der Client einen sendet' },
  eventDetails: 'Details von Ereignissen',
  eventDetailsHint: `Der Client erhält auch IP-Adressen und Details, wenn er Ereignisse abruft; das können personenbezogene Daten sein.`,
  hasEventDetails: { true: 'Ja: Ereignisse mit IP-Adressen und Details', false: 'Nein: Ereignisse nur mit IDs' },
  privilegedByUsers: scopes =>
    `${scopes}: Dieser Client darf Scopes anfordern, die diesen Server verwalten. Er erhält sie nur für Personen, die sie auch haben.`,
  privilegedByItself: scopes =>
    `${scopes}: Dieser Client kann diesen Server selbst verwalten, ohne eine Person. Hüten Sie sein Geheimnis wie das Passwort eines Administrationskontos.`,
  register: 'Client registrieren',
  registered: name => `${name} ist registriert.`,
  mayNotWrite: 'Ihrer Anmeldung fehlt der Scope clients:write, daher kann sie keinen Client registrieren oder ändern.',
  about: 'Über diesen Client',
  edit: 'Bearbeiten',
  editTitle: name => `${name} bearbeiten`,
  save: 'Speichern',
  saved: name => `${name} ist gespeichert.`,
  unchanged: 'Nichts wurde geändert.',
  grantsEndSessions: `Wenn Sie Grants oder Scopes ändern, funktionieren Token nicht mehr, die der Client für sich selbst erhalten hat. Anmeldungen von Personen bestehen weiter, ab der nächsten Erneuerung mit den neuen Scopes.`,
  disableConfirm: `Jede Anmeldung über diesen Client endet, und er erhält keine Token mehr, bis Sie ihn wieder aktivieren.`,
  wasDisabled: name => `${name} ist deaktiviert, und seine Anmeldungen sind beendet.`,
  secretHint: `Der Server speichert einen Hash des Geheimnisses und kann es nicht noch einmal anzeigen. Ersetzen Sie es, wenn es verloren oder bekannt geworden ist.`,
  rotate: 'Geheimnis ersetzen',
  rotateConfirm: `Das alte Geheimnis und die Token, die der Client für sich selbst erhalten hat, funktionieren sofort nicht mehr. Anmeldungen von Personen bestehen weiter. Geben Sie dem Client ohne Verzug das neue Geheimnis.`,
  rotated: name => `Das Geheimnis von ${name} ist ersetzt.`,
  secretOf: name => `Geheimnis von ${name}`,
  secretOnce: `Kopieren Sie das Geheimnis jetzt und geben Sie es dem Client. Es wird nicht noch einmal angezeigt: Wenn Sie es verlieren, müssen Sie es ersetzen.`,
  deleteTitle: 'Diesen Client löschen',
  deleteHint: `Jede Anmeldung über den Client endet endgültig. Um das rückgängig machen zu können, deaktivieren Sie den Client stattdessen.`,
  deleteConfirm: name =>
    `Der Client ${name} wird gelöscht, und jede Anmeldung über ihn endet. Andere Dienste nehmen seine Zugriffstoken an, bis sie ablaufen. Das lässt sich nicht rückgängig machen.`,
  deleteTyped: 'Tippen Sie zur Bestätigung den Namen des Clients',
  deleted: name => `${name} ist gelöscht.`
}

export const audit: Texts['audit'] = {
  title: 'Audit-Protokoll',
  filter: 'Filter',
  show: 'Ereignisse anzeigen',
  clear: 'Filter leeren',
  ranges: {
    hour: 'Letzte Stunde',
    day: 'Letzte 24 Stunden',
    week: 'Letzte 7 Tage',
    month: 'Letzte 30 Tage',
    own: 'Von und bis …'
  },
  fields: {
    since: 'Von',
    until: 'Bis',
    action: 'Vorgang',
    subject: 'Über',
    actor: 'Durch',
    client_id: 'Client',
    ip: 'IP-Adresse',
    session: 'Anmeldung'
  },
  always: 'Jederzeit',
  anyAction: 'Jeder Vorgang',
  free: 'Anderer Vorgang …',
  freeAction: 'Name des Vorgangs',
  nameOrId: 'Name, E-Mail oder ID',
  isAccount: username => `Das ist ${username}`,
  isLogin: login => `Das ist die ${login}`,
  noAccount: name => `Kein Konto heißt ${name}. Ereignisse eines gelöschten Kontos finden Sie über seine ID.`,
  endsBefore: 'Das Ende muss nach dem Anfang liegen.',

  plotTitle: { hour: 'Ereignisse je Stunde', day: 'Ereignisse je Tag' },
  isWider: 'Der Server zählt Ereignisse nur nach Zeit und Vorgang. Die anderen Filter gelten für die Liste darunter.',
  plot: {
    outcomes: {
      failed: 'Fehlgeschlagen oder abgelehnt',
      succeeded: 'Anmeldungen und Erneuerungen',
      other: 'Änderungen und anderes'
    },
    sums: ({ all, failed, succeeded, other }: Record<'all' | 'failed' | 'succeeded' | 'other', number>) =>
      `${events(all)}: ${number.format(failed)} fehlgeschlagen oder abgelehnt, ` +
      `${plural(succeeded, { one: '# Anmeldung oder Erneuerung', other: '# Anmeldungen und Erneuerungen' })}, ` +
      `${plural(other, { one: '# anderes', other: '# andere' })}.`,
    bar: ({ failed, succeeded, other }: Record<'failed' | 'succeeded' | 'other', number>, time: string) =>
      `${time}: ${[failed, succeeded, other].map(count => number.format(count)).join(' / ')}`,
    tallest: (count, time) => `Die höchste Zahl: ${number.format(count)} (${time}).`,
    at: time => `Zeit: ${time}.`,
    nothing: 'In dieser Zeit ist nichts geschehen.',
    isCut: 'Es gibt mehr Ereignisse, als die Konsole zählt. Ältere fehlen hier.',
    daysInUtc: 'Ein Tag beginnt um Mitternacht UTC.',
    asTable: 'Als Tabelle anzeigen',
    table: 'Ereignisse nach Zeit',
    hour: 'Stunde',
    day: 'Tag'
  },

  events: 'Ereignisse',
  event: 'Ereignis',
  noEvent: 'Das Audit-Protokoll hat kein solches Ereignis. Vielleicht wurde es gelöscht.',
  commandLine: 'Kommandozeile',
  app: 'App',
  empty: 'Kein Ereignis passt. Wählen Sie einen längeren Zeitraum oder leeren Sie einige Filter.',
  seq: 'Nummer',
  exactly: 'Genaue Zeit',
  seal: 'Siegel',
  unsealed: 'Noch nicht versiegelt: Das dauert etwa eine Sekunde',
  detail: 'Details',
  noDetail: 'Dieses Ereignis hat keine Details.',
  value: 'Wert',
  alike: {
    action: 'Nur dieser Vorgang',
    subject: 'Nur darüber',
    actor: 'Nur dadurch',
    client_id: 'Nur dieser Client',
    ip: 'Nur diese Adresse',
    session: 'Nur diese Anmeldung'
  },

  verify: {
    title: 'Ist das Audit-Protokoll unversehrt?',
    hint: 'Signierte Siegel decken jedes Ereignis ab und zeigen, ob eines nachträglich geändert, gelöscht oder hinzugefügt wurde.',
    now: 'Jetzt prüfen',
    progress: count => `${events(count)} geprüft`,
    intact: count => plural(count, { one: '# Ereignis ist unversehrt.', other: '# Ereignisse sind unversehrt.' }),
    broken: (what, fault) => `Das Audit-Protokoll ist verletzt: ${what} ${fault}.`,
    meaning: count =>
      `Die Datenbank wurde ohne den Server geändert oder teilweise wiederhergestellt, oder SECRET wurde geändert. Siegel eines früheren SECRET gelten hier als verletzt; sallyport audit verify --key prüft sie. Davor ${plural(
        count,
        { one: 'ist # Ereignis', other: 'sind # Ereignisse' }
      )} unversehrt; die Ereignisse danach wurden nicht geprüft.`,
    unsealed: count =>
      count === 0
        ? 'Kein Ereignis wartet auf sein Siegel.'
        : `${plural(count, { one: '# Ereignis wartet', other: '# Ereignisse warten' })} auf ein Siegel, was etwa eine Sekunde dauert.`,
    seals: 'Unversehrte Siegel',
    newest: 'Neuestes Siegel'
  }
}

export const keys: Texts['keys'] = {
  title: 'Schlüssel',
  hint: 'Der Server signiert Zugriffstoken mit einem dieser Schlüssel. Ihre Dienste prüfen sie mit den öffentlichen Schlüsseln des JWKS.',
  jwks: 'JWKS öffnen',
  kid: 'Schlüssel-ID',
  alg: 'Algorithmus',
  use: 'Verwendung',
  badges: { published: 'Nächster', signs: 'Aktueller', verifies: 'Früherer', expired: 'Abgelaufen' },
  signs: 'Signiert neue Token.',
  signsUntil: until => `Signiert neue Token, bis der nächste Schlüssel übernimmt, und prüft bis ${until}.`,
  comes: from => `Signiert ab ${from}. Bis dahin können Ihre Dienste ihn abrufen.`,
  waits: 'Signiert, sobald jedes zwischengespeicherte JWKS ihn enthält.',
  verifies: until => `Signiert nicht mehr; prüft bis ${until}.`,
  expired: since => `Steht seit ${since} nicht mehr im JWKS.`,
  rotate: 'Wechseln',
  rotateTitle: 'Schlüssel wechseln',
  rotateHint: `Der Server ersetzt seinen Schlüssel, wenn er so alt ist, wie die Einstellung KEY_ROTATION sagt. Wechseln Sie, um ihn früher zu ersetzen.`,
  rotateConfirm: `Ein neuer Schlüssel wird jetzt veröffentlicht. Er signiert, sobald jedes zwischengespeicherte JWKS ihn enthält; diese Seite zeigt, wann. Der alte bleibt veröffentlicht, bis sein letztes Token abgelaufen ist: Jede Anmeldung besteht weiter.`,
  rotated: from => `Der neue Schlüssel signiert ab ${from}, bis dahin der alte. Jede Anmeldung besteht weiter.`,
  replace: 'Sofort ersetzen',
  replaceTitle: 'Wenn ein Schlüssel bekannt geworden ist',
  replaceHint: `Ein neuer Schlüssel signiert sofort. Ihre Dienste weisen neue Token ab, bis sie das JWKS erneut abrufen. Der alte Schlüssel wird weiter angenommen, bis sein letztes Token abgelaufen ist oder bis Sie „sallyport keys retire“ ausführen.`,
  replaceConfirm: `Tun Sie das nur, wenn der Schlüssel bekannt geworden ist. Der neue signiert sofort, und Ihre Dienste weisen neue Token ab, bis sie das JWKS erneut abrufen. Der alte Schlüssel wird weiter angenommen, bis sein letztes Token abgelaufen ist oder bis Sie „sallyport keys retire“ ausführen.`,
  replaced: kid =>
    `Der neue Schlüssel ${kid} signiert jetzt. Token des alten werden weiter angenommen, bis sie ablaufen: Um sie sofort abzuweisen, führen Sie „sallyport keys retire“ mit der ID des alten Schlüssels aus.`
}

export const webhooks: Texts['webhooks'] = {
  title: 'Webhooks',
  webhook: 'Webhook',
  hint: 'Ein Webhook sendet Ereignisse des Audit-Protokolls an ein anderes Programm, den Empfänger, etwa eine Sekunde nachdem sie geschehen sind.',
  empty: `Es gibt keinen Webhook. Legen Sie einen an, um einem anderen Programm neue Konten oder fehlgeschlagene Anmeldungen zu melden.`,
  unknown: 'Kein Webhook hat diese ID. Vielleicht wurde er gelöscht.',
  needsAudit: 'Ihrer Anmeldung fehlt der Scope audit:read, daher kann sie keinen Webhook anlegen, ändern oder testen.',
  create: 'Webhook anlegen',
  createdNow: host => `Der Webhook für ${host} ist angelegt.`,
  edit: 'Bearbeiten',
  editTitle: host => `Webhook für ${host} bearbeiten`,
  save: 'Speichern',
  savedNow: host => `Der Webhook für ${host} ist gespeichert.`,
  receiver: 'Empfänger',
  url: 'URL',
  urlHint: 'Die Adresse des Empfängers. Sie beginnt mit https.',
  events: 'Ereignisse',
  eventsHint: 'Zum Beispiel user.*, factor.removed. Kommas oder Leerzeichen trennen sie, und * steht für alle.',
  details: 'Details',
  detailsHint: 'IP-Adresse und Details jedes Ereignisses senden; das können personenbezogene Daten sein.',
  hasDetails: { true: 'Ereignisse mit IP-Adressen und Details', false: 'Ereignisse ohne IP-Adressen und Details' },
  about: 'Über diesen Webhook',
  states: { active: 'Aktiv', failing: 'Gestört', paused: 'Angehalten' },
  failing: `Der Empfänger nimmt ein Ereignis nicht an. Der Server versucht es wieder und sendet bis dahin kein späteres.`,
  reasons: {
    administrator: 'Die Administration hat ihn angehalten.',
    failing: 'Der Empfänger hat fünf Tage lang kein Ereignis angenommen.',
    gone: 'Der Empfänger hat geantwortet, dass er keine Ereignisse mehr will (Status 410).'
  },
  lastError: result => `Letzter Fehler: ${result}.`,
  nextAttempt: time => `Nächster Versuch: ${time}.`,
  reached: 'Zugestellt bis',
  nothingYet: 'Noch nichts',
  seal: seal => `Siegel ${seal}`,
  lost: 'Verlorene Ereignisse',
  lostEvents: count =>
    `${plural(count, { one: '# Ereignis wurde', other: '# Ereignisse wurden' })} wegen des Alters gelöscht, bevor der Empfänger sie erhielt. Die nächste Nachricht meldet es ihm.`,
  deliveries: 'Letzte Zustellungen',
  deliveriesHint: 'Die letzten 20 Versuche, ein Ereignis zu senden. Diese Seite wird alle 5 Sekunden aktualisiert.',
  noDeliveries: 'Noch wurde nichts gesendet. Senden Sie ein Testereignis, um den Empfänger zu prüfen.',
  event: 'Ereignis',
  outcome: 'Ergebnis',
  result: ({ status, error }) =>
    status === null ? `Keine Antwort: ${error}` : `${error === null ? 'Angenommen' : 'Nicht angenommen'} (${status})`,
  duration: 'Dauer',
  test: 'Testereignis senden',
  tested: result => `Das Testereignis ist gesendet. ${result}.`,
  notTested: 'Das Testereignis ist noch nicht gesendet. Es wartet auf frühere Ereignisse und erscheint später unten.',
  pause: 'Anhalten',
  pausedNow: 'Der Webhook ist angehalten. Seine Ereignisse warten, bis Sie ihn fortsetzen.',
  continue: 'Fortsetzen',
  continued: 'Der Webhook ist fortgesetzt. Er sendet die wartenden Ereignisse.',
  replayTitle: 'Ereignisse erneut senden',
  replayHint: 'Tun Sie das, wenn der Empfänger Ereignisse verloren hat. Vorhandene erkennt er an ihrer ID.',
  replay: 'Erneut senden',
  replayed: 'Der Webhook sendet die Ereignisse erneut.',
  from: 'Beginnen bei',
  fromTime: 'Einer Zeit',
  fromSeal: 'Einem Siegel',
  since: 'Ereignisse seit',
  after: 'Ereignisse nach dem Siegel',
  afterHint: seal => `Eine Zahl bis ${seal}; dort ist der Webhook jetzt. 0 sendet alle Ereignisse.`,
  secretHint: `Der Empfänger prüft Nachrichten mit diesem Geheimnis. Ersetzen Sie es, wenn es verloren oder bekannt geworden ist.`,
  rotate: 'Geheimnis ersetzen',
  rotateConfirm: `Der Server signiert sofort mit dem neuen Geheimnis. Der Empfänger weist Nachrichten ab, bis Sie es ihm geben; dann sendet der Server sie noch einmal.`,
  rotated: host => `Das Geheimnis für ${host} ist ersetzt.`,
  secretOf: host => `Geheimnis für ${host}`,
  secretOnce: `Kopieren Sie das Geheimnis jetzt und geben Sie es dem Empfänger. Es wird nicht noch einmal angezeigt: Wenn Sie es verlieren, müssen Sie es ersetzen.`,
  deleteTitle: 'Diesen Webhook löschen',
  deleteHint: 'Um das rückgängig machen zu können, halten Sie den Webhook stattdessen an.',
  deleteConfirm: host =>
    `${host} erhält von diesem Webhook keine Ereignisse mehr. Das lässt sich nicht rückgängig machen.`,
  deleteTyped: 'Tippen Sie zur Bestätigung den Host des Empfängers',
  deleted: host => `Der Webhook für ${host} ist gelöscht.`
}

export const overview: Texts['overview'] = {
  title: 'Übersicht',
  refresh: 'Aktualisieren',
  refreshed: 'Aktualisiert.',
  readAt: time => `Stand ${clock.format(time)}. Diese Seite wird alle 30 Sekunden aktualisiert.`,
  atLeast: (count, isCut) => `${isCut ? 'mindestens ' : ''}${number.format(count)}`,

  steps: {
    title: 'Erste Schritte',
    register: 'Registrieren Sie Ihre Anwendung:',
    kinds: { web: 'Webseite', mobile: 'Mobile App', server: 'Serverprogramm', script: 'Skript' },
    registerHint: 'Zum Ausprobieren genügt der eingebaute Client, der keine Registrierung braucht.',
    use: 'Verwenden Sie diesen Server in Ihrer Anwendung:',
    useHint: 'Fügen Sie den Origin Ihrer Seite zur Einstellung CORS_ORIGINS hinzu.'
  },

  activity: 'Die letzten 24 Stunden',
  inHour: count => `${count} in der letzten Stunde`,
  figures: {
    logins: 'Anmeldungen',
    failures: 'Fehlgeschlagene Anmeldungen',
    throttled: 'Zu viele Versuche',
    refused: 'Andere Ablehnungen'
  },

  server: 'Server',
  sessions: 'Laufende Anmeldungen',
  hashQueue: 'Passwörter',
  queue: (running, waiting, limit) =>
    `${number.format(running)} in Arbeit, ${number.format(waiting)} warten (höchstens ${number.format(limit)})`,
  database: 'Datenbank',
  databaseOf: (dialect, size) => `${{ sqlite: 'SQLite', postgres: 'PostgreSQL' }[dialect]}, ${size}`,
  mail: 'E-Mail',
  mailState: (waiting, oldest, isSent) =>
    (oldest === null
      ? 'Keine Nachricht wartet'
      : `${plural(waiting, { one: '# Nachricht wartet', other: '# Nachrichten warten' })} seit ${moment.format(new Date(oldest))}`) +
    (isSent ? '.' : '. SMTP_URL ist nicht gesetzt.'),
  webhookState: (total, failing) =>
    failing === 0
      ? `${total}; die Empfänger nehmen Ereignisse an.`
      : `Die Empfänger von ${failing} der ${total} nehmen keine Ereignisse an.`,
  sealState: (unsealed, newest, isCut) =>
    `${isCut ? 'Mindestens ' : ''}${events(unsealed)} ohne Siegel` +
    (newest === null ? '.' : `; neuestes Siegel ${moment.format(new Date(newest))}.`),
  key: 'Signaturschlüssel',
  noKey: 'Kein Schlüssel signiert.',
  keyState: (days, next, rotates) =>
    `${plural(days, { one: '# Tag', other: '# Tage' })} alt. ` +
    (next !== null
      ? `Ein neuer Schlüssel signiert ab ${moment.format(new Date(next))}.`
      : rotates === null
        ? 'Er wird nicht nach Alter gewechselt.'
        : `Der Wechsel ist am ${moment.format(new Date(rotates))} fällig.`),
  volume: 'Datenträger',
  volumeState: (free, total) => `${free} von ${total} frei`,
  refreshes: 'Seit dem Start erneuert',

  nodes: 'Knoten',
  host: 'Host',
  version: 'Sallyport',
  runtime: 'Laufzeit',
  seenAt: 'Zuletzt gesehen',
  gone: 'Seit 2 Minuten nicht gesehen',

  findings: 'Befunde von doctor',
  levels: { error: 'Fehler', warning: 'Warnung' },
  noFindings: 'Die Einstellungen brauchen keine Änderung.',
  moreChecks: 'Der Befehl sallyport doctor prüft mehr, etwa Dateien und die Uhr.'
}

export const reasons: Texts['reasons'] = {
  password: 'falsches Passwort',
  'unknown name': 'unbekannter Name',
  disabled: 'deaktiviertes Konto',
  scope: 'kein Scope zu vergeben',
  claims: 'keine Claims von der Anwendung',
  code: 'falscher Code',
  'email code': 'falscher Code aus der E-Mail',
  passkey: 'Passkey nicht angenommen',
  'id token': 'ID-Token nicht angenommen',
  'used id token': 'ID-Token schon einmal verwendet',
  'registration closed': 'hier kein Konto, und die Registrierung ist geschlossen',
  'address taken': 'Adresse eines anderen Kontos',
  'no second factor': 'kein zweiter Faktor',
  'another account': 'nicht das Konto des ersten Schritts',
  limit: 'zu viele Versuche, mit dem richtigen Passwort oder Konto',
  'changed meanwhile': 'Konto gleichzeitig geändert',
  refused: 'nicht möglich, bei richtigem Passwort',
  counter: 'der Passkey ist vielleicht eine Kopie',
  client: 'falsche Zugangsdaten eines Clients',
  introspection: 'falsche Zugangsdaten zur Prüfung von Token'
}

export const counters: Texts['counters'] = {
  account: 'fehlgeschlagene Anmeldungen eines Kontos',
  known: 'fehlgeschlagene Anmeldungen eines Kontos aus einem bekannten Netz',
  'known-prefix': 'fehlgeschlagene Anmeldungen bekannter Konten aus einem Netz',
  prefix: 'fehlgeschlagene Anmeldungen aus einem Netz',
  consecutive: 'fehlgeschlagene Anmeldungen eines Kontos in Folge',
  code: 'falsche Codes eines Kontos',
  'consecutive-codes': 'falsche Codes einer App in Folge',
  credential: 'abgelehnte Zugangsdaten aus einem Netz',
  mail: 'angeforderte E-Mails aus einem Netz',
  message: 'E-Mails an eine Adresse oder Zurücksetzungen eines Passworts',
  profile: 'Änderungen eines Kontos',
  password: 'Änderungen eines Passworts',
  logins: 'Anmeldungen eines Kontos',
  registration: 'Registrierungen aus einem Netz',
  registrations: 'Registrierungen aus allen Netzen'
}

export const refusals: Texts['refusals'] = {
  invalid_request: 'Das ist nicht gültig. Der Server sagt: „#“',
  invalid_link: 'Dieser Link ist abgelaufen oder wurde schon verwendet. Fordern Sie einen neuen an.',
  wrong_code: `Der Code ist falsch, abgelaufen oder schon verwendet. Geben Sie den aktuellen Code der Authenticator-App ein.`,
  access_denied: 'Der Server sagt: „#“',
  insufficient_scope: 'Der Server sagt: „#“',
  wrong_password: 'Das aktuelle Passwort ist falsch.',
  user_required: 'Das können nur Personen, keine Clients.',
  registration_closed: 'Nur die Administration legt Konten an.',
  invalid_setup_link: `Dieser Link ist abgelaufen oder wurde schon verwendet. Wenn es ein Administrationskonto gibt, melden Sie sich damit an. Andernfalls führen Sie „npx sallyport setup-link“ im Ordner des Servers aus: Der Befehl gibt einen neuen aus.`,
  not_found: 'Das gibt es nicht oder nicht mehr.',
  method_not_allowed: 'Der Server kennt diese Aktion nicht.',
  request_timeout: 'Die Anfrage kam nicht rechtzeitig an. Versuchen Sie es noch einmal.',
  conflict: 'Das geht zurzeit nicht. Der Server sagt: „#“',
  changed_meanwhile: `Das wurde inzwischen von anderer Seite geändert. Laden Sie es neu und versuchen Sie es noch einmal.`,
  username_taken: 'Dieser Benutzername ist vergeben.',
  name_taken: 'Dieser Name ist vergeben.',
  identity_taken: 'Dieses Konto ist schon mit einem Konto hier verknüpft.',
  passkey_taken: 'Dieser Passkey ist schon registriert.',
  limit_reached: 'Mehr davon kann ein Konto nicht haben. Entfernen Sie zuerst eines.',
  last_administrator: 'Das ist das letzte Administrationskonto. Geben Sie zuerst einem anderen Konto users:write.',
  last_way_in: `Das ist der einzige Weg, sich am Konto anzumelden. Wählen Sie zuerst ein Passwort oder fügen Sie einen anderen Weg hinzu.`,
  second_factor_required: `Dieses Konto braucht einen zweiten Faktor. Fügen Sie einen anderen hinzu, bevor Sie diesen entfernen.`,
  no_second_factor: 'Fügen Sie zuerst einen zweiten Faktor hinzu.',
  no_email: 'Dieses Konto hat keine E-Mail-Adresse. Geben Sie zuerst eine an.',
  email_verified: 'Die E-Mail-Adresse dieses Kontos ist schon bestätigt.',
  not_invited: 'Dieses Konto ist nicht eingeladen, oder es wird schon verwendet.',
  account_disabled: 'Dieses Konto ist gesperrt.',
  events_gone: 'Ereignisse nach dieser Stelle gibt es nicht mehr. Der Server sagt: „#“',
  precondition_failed: 'Das wurde inzwischen geändert. Laden Sie es neu und versuchen Sie es noch einmal.',
  content_too_large: 'Das ist zu lang.',
  uri_too_long: 'Die Adresse ist zu lang.',
  unsupported_media_type: 'Der Server versteht das Format nicht.',
  headers_too_large: 'Die Anfrage ist zu groß. Löschen Sie die Cookies dieser Website.',
  server_error: 'Auf dem Server ist ein Fehler aufgetreten. Die Ursache steht in seinem Protokoll.',
  invalid_grant: 'Der Benutzername oder das Passwort ist falsch.',
  insufficient_authorization: 'Das war falsch, abgelaufen oder schon verwendet. Versuchen Sie es noch einmal.',
  invalid_session: 'Die Anmeldung hat zu lange gedauert oder wurde schon abgeschlossen. Beginnen Sie von vorn.'
}

export const faults: Texts['faults'] = {
  length: 'zu kurz oder zu lang',
  characters: 'enthält Zeichen, die nicht erlaubt sind',
  common: 'zu häufig; verwenden Sie mehrere Wörter ohne Zusammenhang',
  context: 'enthält den Benutzernamen, die E-Mail-Adresse oder den Namen dieses Dienstes',
  breached: 'steht in einer Liste von Passwörtern aus Datenlecks; wählen Sie ein anderes',
  username_taken: 'schon vergeben',
  name_taken: 'schon vergeben',
  wrong_password: 'falsch',
  wrong_code: 'falsch'
}
