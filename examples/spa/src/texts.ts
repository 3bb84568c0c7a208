const en = {
  signIn: 'Sign in',
  username: 'Username',
  password: 'Password',
  withPasskey: 'Sign in with a passkey',
  mailCode: 'Mail me a code',
  confirm: 'Confirm that it is you',
  kinds: {
    otp: ['Code of your authenticator app', 'Use the authenticator app'],
    recovery_code: ['Recovery code', 'Use a recovery code'],
    password: ['Password', 'Use the password'],
    email_code: ['Code from the message', '']
  },
  usePasskey: 'Use a passkey',
  next: 'Continue',
  cancel: 'Cancel',
  email: 'E-mail',
  since: 'Member since',
  factors: 'Second factors',
  none: 'none',
  names: { totp: 'authenticator app', passkey: 'passkey' } as Record<string, string>,
  again: 'Read again',
  addApp: 'Set up an authenticator app',
  addPasskey: 'Add a passkey',
  thisDevice: 'This device',
  signOut: 'Sign out',
  mustEnrol: 'Add a second factor',
  why: 'Your account needs a second factor, so that a stolen password does not open it. Add one to go on.',
  enrolled: 'Sign in again, now with your second factor.',
  scan: 'Scan this with the app, or copy the secret into it.',
  qr: 'QR code of the secret',
  appCode: 'Code that the app shows',
  submit: 'Confirm',
  codes: 'Your recovery codes',
  keep: 'Each signs you in once when you have no other second factor. Keep them now: they are not shown again.',
  kept: 'I have kept them',
  retry: (seconds: number) => `Try again in ${seconds} seconds.`,
  errors: {
    AbortError: '',
    unreachable: 'Cannot reach the server. Are you offline?',
    NotAllowedError: 'No passkey was used.',
    InvalidStateError: 'This device already has a passkey of the account.'
  } as Record<string, string>
}

const de: typeof en = {
  signIn: 'Anmelden',
  username: 'Benutzername',
  password: 'Passwort',
  withPasskey: 'Mit einem Passkey anmelden',
  mailCode: 'Code per E-Mail senden',
  confirm: 'Bestätige, dass du es bist',
  kinds: {
    otp: ['Code deiner Authenticator-App', 'Authenticator-App verwenden'],
    recovery_code: ['Wiederherstellungscode', 'Wiederherstellungscode verwenden'],
    password: ['Passwort', 'Passwort verwenden'],
    email_code: ['Code aus der Nachricht', '']
  },
  usePasskey: 'Passkey verwenden',
  next: 'Weiter',
  cancel: 'Abbrechen',
  email: 'E-Mail',
  since: 'Mitglied seit',
  factors: 'Zweite Faktoren',
  none: 'keine',
  names: { totp: 'Authenticator-App', passkey: 'Passkey' },
  again: 'Neu laden',
  addApp: 'Authenticator-App einrichten',
  addPasskey: 'Passkey hinzufügen',
  thisDevice: 'Dieses Gerät',
  signOut: 'Abmelden',
  mustEnrol: 'Zweiten Faktor hinzufügen',
  why: 'Dein Konto braucht einen zweiten Faktor, damit ein gestohlenes Passwort es nicht öffnet.',
  enrolled: 'Melde dich noch einmal an, jetzt mit dem zweiten Faktor.',
  scan: 'Scanne das Bild mit der App, oder kopiere das Geheimnis hinein.',
  qr: 'QR-Code des Geheimnisses',
  appCode: 'Code, den die App zeigt',
  submit: 'Bestätigen',
  codes: 'Deine Wiederherstellungscodes',
  keep: 'Jeder meldet dich einmal an, wenn ein anderer zweiter Faktor fehlt. Bewahre sie auf: Sie erscheinen nur jetzt.',
  kept: 'Ich habe sie aufbewahrt',
  retry: seconds => `Versuche es in ${seconds} Sekunden wieder.`,
  errors: {
    AbortError: '',
    unreachable: 'Der Server ist nicht erreichbar. Bist du offline?',
    NotAllowedError: 'Es wurde kein Passkey verwendet.',
    InvalidStateError: 'Dieses Gerät hat schon einen Passkey des Kontos.',
    invalid_grant: 'Der Benutzername oder das Passwort ist falsch.',
    insufficient_authorization: 'Das ist falsch, abgelaufen oder schon verwendet.',
    wrong_code: 'Der Code ist falsch.',
    temporarily_unavailable: 'Zu viele Versuche, oder der Server ist überlastet.',
    too_many_attempts: 'Zu viele Versuche.'
  }
}

/** The texts in the language of the browser. */
export const t = navigator.language.startsWith('de') ? de : en
document.documentElement.lang = t === de ? 'de' : 'en'

/** The sentence for an error: ours for its code, or that of the server. */
export const explain = ({
  code,
  message,
  retryAfter
}: {
  code: string
  message: string
  retryAfter?: number | undefined
}) => [t.errors[code] ?? message, retryAfter ? t.retry(retryAfter) : ''].join(' ').trim()
