/** What a login has to be: its `acr` such as `aal2`, and its age at most, in seconds (RFC 9470 §4). */
export declare interface AskedLogin {
    acr?: string | undefined;
    maxAge?: number | undefined;
}

/** What the server asks for when the user has to show more (draft-ietf-oauth-first-party-apps §5.2.2). */
export declare interface Challenge {
    /** Continues the login at `/authorize-challenge`. */
    authSession: string;
    /** What the user can show, such as `otp`, `recovery_code` and `passkey`. The same for every account. */
    factors: string[];
    /** The options for `getPasskey`, if the server has passkeys. */
    passkey: PasskeyRequest | undefined;
}

/** A client that holds one login at one server. */
export declare interface Client {
    /**
     * Logs in with a password, and a second factor if the account has one, or with a passkey alone. Rejects with an
     * OAuthError when the server refuses, with the error of `fetch` when the server does not respond, and with the error
     * of the storage, after ending the new login. The OAuthError is `insufficient_authorization` when a second factor is
     * missing, because there is no `secondFactor` or it did not answer, and when the passkey is refused. A login that was
     * stored before is ended on the server in the background, if the server can be reached. A passkey needs
     * `crypto.subtle`; a code is sent with the password again where it is missing.
     */
    signIn(credentials: Credentials | PasskeyCredentials): Promise<SignedIn>;
    /**
     * Raises the login of the signed-in user, in the same session: `secondFactor` is asked unless the login already is
     * what `acr` and `maxAge` ask for (RFC 9470 §4). One step-up runs after the other. Resolves to `undefined` when no
     * user is signed in, or the login has no refresh token. Rejects with the OAuthError `insufficient_authorization` when
     * `secondFactor` does not answer, with every other refusal, with an Error where `crypto.subtle` is missing, and with
     * the error of `fetch`; the login is then kept.
     */
    stepUp(asked: StepUp): Promise<SignedIn | undefined>;
    /**
     * Removes the login from the storage, and ends it on the server. Resolves to `false` when the server was unreachable
     * or refused, so that the login may still be live; otherwise to `true`, also when no user was signed in. Rejects with
     * the error of the storage, after the login has ended on the server.
     */
    signOut(): Promise<boolean>;
    /**
     * Changes the password of the signed-in user. The server ends every login of the user and begins a new one for this
     * client, which replaces the stored login. Resolves to `undefined` when no user was signed in, or when the user has
     * signed out or in meanwhile, so that the new login was ended. Rejects with a ProblemError when the server refuses,
     * with what `fetch` rejects with, and with the error of `fetch` when the server does not respond: then the password
     * may have changed, and the user has to sign in with the new one.
     */
    changePassword(change: PasswordChange): Promise<SignedIn | undefined>;
    /**
     * `fetch` with the access token, while a user is signed in. The token is replaced shortly before it expires; a
     * request waits for that only when the token has expired. When a token is rejected as `invalid_token`, it is replaced
     * once, and the request is sent again unless its `body` is a stream. Rejects before sending anything when the origin
     * of the URL may not receive the token, and with an OAuthError or the error of `fetch` when no valid token can be
     * obtained.
     */
    fetch: typeof globalThis.fetch;
    /**
     * An access token that only the API `resource` accepts, so that the API cannot use it at the server or at another API
     * (RFC 8707). `resource` is one of the server's `RESOURCES`. The token is kept with the login until shortly before it
     * expires: call this for every request. Resolves to `undefined` when no user is signed in. Rejects with an
     * OAuthError, such as `invalid_target` for an unknown resource, or with the error of `fetch`.
     */
    tokenFor(resource: string): Promise<string | undefined>;
    /** The signed-in user according to the storage, without a request to the server. */
    signedIn(): Promise<SignedIn | undefined>;
    /**
     * Calls `listener` with the signed-in user, now and after every change in any tab, until the returned function is
     * called.
     */
    onChange(listener: (who: SignedIn | undefined) => void): () => void;
}

/** The options of a client. Only `url` is required. */
export declare interface ClientOptions {
    /** The server's issuer, such as `https://auth.example.com`. */
    url: string;
    /** The id of a registered public client. Defaults to the server's built-in client. */
    clientId?: string | undefined;
    /** Stores the login. Defaults to memory. */
    storage?: TokenStorage | undefined;
    /** Sends every request. Defaults to the global `fetch` at the time of the call. */
    fetch?: typeof globalThis.fetch | undefined;
    /** Origins that receive the access token in addition to the server's own, such as `https://api.example.com`. */
    origins?: string[] | undefined;
}

/** Creates a client of the server at `url`. Throws a TypeError when a URL in the options has no scheme and host. */
export declare function createClient(options: ClientOptions): Client;

/**
 * Lets the user create a passkey (`navigator.credentials.create`) with the options of `/users/me/passkeys/options`.
 * Resolves to the `response` for `/users/me/passkeys`. Rejects with the DOMException of the browser, such as
 * `InvalidStateError` when the device has a passkey of the account.
 */
export declare function createPasskey(options: PasskeyCreation): Promise<object>;

/**
 * The parameters of a login. Without `scope`, it requests all scopes that the user may have, except those that
 * administer the server.
 */
export declare interface Credentials {
    username: string;
    password: string;
    scope?: string | undefined;
    /** Asks the user for a second factor when the account has one. Without it, the login is refused then. */
    secondFactor?: SecondFactor | undefined;
}

/**
 * What the user shows: the code of an authenticator app, a recovery code, the response of a passkey
 * (AuthenticationResponseJSON, which `getPasskey` resolves to), or in a step-up of an account without a second factor
 * the password.
 */
export declare type FactorAnswer = {
    otp: string;
} | {
    recoveryCode: string;
} | {
    passkey: object;
} | {
    password: string;
};

/**
 * Asks the user for a passkey, as the browser does it (`navigator.credentials.get`). Resolves to the response as JSON:
 * the `passkey` of a FactorAnswer. Rejects with the DOMException of the browser, such as `NotAllowedError` when the
 * user cancels.
 */
export declare function getPasskey(options: PasskeyRequest): Promise<object>;

/** An error response of an OAuth endpoint (RFC 6749 §5.2). `message` is the description. */
export declare class OAuthError extends Error {
    name: string;
    /**
     * The error code: `invalid_grant` for a wrong password, `insufficient_authorization` when a second factor is missing,
     * `temporarily_unavailable` for 429 and 503, `server_error` for a response that is not from Sallyport, such as a
     * proxy's error page.
     */
    readonly error: string;
    /** A human-readable description. */
    readonly description: string;
    /** HTTP status. */
    readonly status: number;
    /** The `Retry-After` header in seconds. */
    readonly retryAfter: number | undefined;
    /** What is missing, with `insufficient_authorization`. */
    readonly challenge: Challenge | undefined;
    constructor(error: string, description: string, status: number, retryAfter?: number, challenge?: Challenge);
}

/** The options for a new passkey: PublicKeyCredentialCreationOptionsJSON (WebAuthn Level 3 §5.1). */
export declare interface PasskeyCreation {
    challenge: string;
    user: {
        id: string;
        name: string;
        displayName: string;
    };
    excludeCredentials?: {
        id: string;
        type: string;
        transports?: string[];
    }[];
}

/** The parameters of a login with a passkey alone: how to get its response, such as `getPasskey`. */
export declare interface PasskeyCredentials {
    passkey: (options: PasskeyRequest) => object | Promise<object>;
    scope?: string | undefined;
}

/** The options for the use of a passkey: PublicKeyCredentialRequestOptionsJSON (WebAuthn Level 3 §5.1). */
export declare interface PasskeyRequest {
    challenge: string;
    rpId?: string;
    timeout?: number;
    userVerification?: string;
    allowCredentials?: {
        id: string;
        type: string;
        transports?: string[];
    }[];
}

/** A new password, and the current one. */
export declare interface PasswordChange {
    currentPassword: string;
    newPassword: string;
}

/** An error response with problem details (RFC 9457). `message` is the `detail`. */
export declare class ProblemError extends Error {
    name: string;
    /** HTTP status: 403 for a wrong current password, 400 for a new password that is not acceptable. */
    readonly status: number;
    /** What is wrong, by member; `reason` is why a password was refused. */
    readonly errors: {
        pointer: string;
        detail: string;
        reason?: string;
    }[];
    /** The `Retry-After` header in seconds. */
    readonly retryAfter: number | undefined;
    constructor(detail: string, status: number, errors: ProblemError['errors'], retryAfter?: number);
}

/**
 * Asks the user for what is missing. It is called again when the server has refused the answer: `refused` says why.
 * Without an answer, the login or step-up is cancelled. An error that it rejects with ends them too.
 */
export declare type SecondFactor = (challenge: Challenge & {
    refused: OAuthError | undefined;
}) => FactorAnswer | undefined | Promise<FactorAnswer | undefined>;

/** The signed-in user: the username as entered, and the granted scopes, separated by spaces. */
export declare interface SignedIn {
    username: string;
    scope: string;
}

/** What to ask for, and how to ask the user. */
export declare interface StepUp extends AskedLogin {
    secondFactor: SecondFactor;
}

/** What a response asks of the login: a 401 with `insufficient_user_authentication` (RFC 9470 §3); else `undefined`. */
export declare function stepUpAsked({ status, headers }: Response): AskedLogin | undefined;

/** Storage for a login: one text under one key. Any member may be synchronous or asynchronous. */
export declare interface TokenStorage {
    get(key: string): string | null | undefined | Promise<string | null | undefined>;
    set(key: string, value: string): unknown;
    remove(key: string): unknown;
    /**
     * Calls `listener` whenever another writer, such as another tab, may have changed the value, until the returned
     * function is called.
     */
    onChange?(listener: () => void): () => void;
    /**
     * The prefix of the Web Locks for all users of this storage, such as the tabs of an origin. Without it there is no
     * lock, which is right when the storage is not shared.
     */
    lockName?: string | undefined;
}

/** The methods of `localStorage` and `sessionStorage` that are used. */
export declare interface WebStorage {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
}

/** `localStorage`, which all tabs of an origin share, or `sessionStorage`, which belongs to one tab. */
export declare const webStorage: (area: WebStorage) => TokenStorage;

export { }
