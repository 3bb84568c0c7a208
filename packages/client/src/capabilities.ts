/** The parts of WebAuthn Level 3 §5.1 that are used for the autofill and the signals. */
interface Platform {
  PublicKeyCredential?: {
    getClientCapabilities?(): Promise<Record<string, boolean>>
    isConditionalMediationAvailable?(): Promise<boolean>
  } & Record<string, ((details: object) => Promise<void>) | undefined>
}

const platform = () => (globalThis as unknown as Platform).PublicKeyCredential

/** Whether the browser says that it has this capability (WebAuthn Level 3 §5.1.7). Never rejects. */
async function isCapable(capability: string): Promise<boolean> {
  try {
    return (await platform()?.getClientCapabilities?.())?.[capability] === true
  } catch {
    return false
  }
}

/** Whether the browser can offer passkeys in the autofill of a field (WebAuthn Level 3 §5.1.6). Never rejects. */
export async function canAutofill(): Promise<boolean> {
  try {
    return (await isCapable('conditionalGet')) || Boolean(await platform()?.isConditionalMediationAvailable?.())
  } catch {
    return false
  }
}

/** Sends a signal to the browser, if it takes it (WebAuthn Level 3 §5.1.10). Never rejects. */
export async function signal(name: string, details: object): Promise<void> {
  if (await isCapable(name))
    await platform()
      ?.[name]?.(details)
      .catch(() => {})
}
