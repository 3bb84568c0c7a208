// access_tokens.go
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// The settings. apiURL is the URL of this API as clients know it: never take it from the Host header.
var (
	issuer   = setting("ISSUER", "http://127.0.0.1:3000")
	audience = setting("AUDIENCE", issuer)
	apiURL   = setting("API_URL", "http://127.0.0.1:8080")
)

// AccessToken has the claims of an access token (RFC 9068). Username is empty in a client's own token.
type AccessToken struct {
	Subject  string                `json:"sub"`
	Username string                `json:"preferred_username"`
	ClientID string                `json:"client_id"`
	Scope    string                `json:"scope"`
	Roles    any                   `json:"roles"`
	Issuer   string                `json:"iss"`
	Audience any                   `json:"aud"`
	ID       string                `json:"jti"`
	Expires  *float64              `json:"exp"`
	IssuedAt *float64              `json:"iat"`
	Before   *float64              `json:"nbf"`
	ACR      string                `json:"acr"`
	AuthTime float64               `json:"auth_time"`
	Cnf      *struct{ Jkt string } `json:"cnf"`
}

// RequireScope lets a request pass whose access token is for this API and has the scope.
func RequireScope(scope string, next func(http.ResponseWriter, *http.Request, *AccessToken)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, challenge, err := verify(r)
		switch {
		case errors.Is(err, errNoKeys):
			log.Print(err)
			w.Header().Set("Retry-After", "1")
			http.Error(w, "Access tokens cannot be verified now.", http.StatusServiceUnavailable)
		case err != nil:
			w.Header().Set("WWW-Authenticate", challenge)
			http.Error(w, err.Error(), http.StatusUnauthorized)
		case !slices.Contains(strings.Fields(token.Scope), scope):
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer error="insufficient_scope", scope=%q`, scope))
			http.Error(w, "The access token lacks a required scope.", http.StatusForbidden)
		default:
			next(w, r, token)
		}
	}
}

const algs = `DPoP algs="ES256"`

// verify returns the claims of the access token of a request, or an error and the challenge of the answer.
func verify(r *http.Request) (*AccessToken, string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	isBound := strings.EqualFold(scheme, "DPoP")
	if !isBound && !strings.EqualFold(scheme, "Bearer") {
		return nil, "Bearer, " + algs, errors.New("there is no access token")
	}
	claims := &AccessToken{}
	header, err := parse(token, claims, func(h header) (*ecdsa.PublicKey, error) { return keys.get(h.Kid) })
	if err == nil {
		err = claims.check(header)
	}
	if err != nil {
		return nil, `Bearer error="invalid_token", ` + algs, err
	}
	if isBound != (claims.Cnf != nil) {
		return nil, "Bearer, " + algs, errors.New("send a token with cnf as DPoP, with a proof, and others as Bearer")
	}
	if isBound {
		if err := checkProof(r, token, claims.Cnf.Jkt); err != nil {
			return nil, `DPoP error="invalid_dpop_proof", algs="ES256"`, err
		}
	}
	return claims, "", nil
}

// check returns an error unless the claims are those of a valid access token for this API (RFC 9068, section 4).
func (t *AccessToken) check(header header) error {
	now, leeway := float64(time.Now().Unix()), 10.0
	isForUs := t.Audience == audience
	if list, isList := t.Audience.([]any); isList {
		isForUs = slices.Contains(list, any(audience))
	}
	switch {
	case !slices.Contains([]string{"at+jwt", "application/at+jwt"}, strings.ToLower(header.Typ)):
		return errors.New("the token is not an access token")
	case t.Issuer != issuer || !isForUs:
		return errors.New("the token is from another issuer, or for another API")
	case t.Subject == "" || t.ClientID == "" || t.ID == "" || t.IssuedAt == nil || t.Expires == nil:
		return errors.New("the token lacks a claim")
	case *t.Expires <= now-leeway:
		return errors.New("the token has expired")
	case *t.IssuedAt > now+leeway || t.Before != nil && *t.Before > now+leeway:
		return errors.New("the token is not valid yet")
	}
	return nil
}

// checkProof returns an error unless there is one proof, for this request, token and key (RFC 9449, section 4.3).
func checkProof(r *http.Request, token, jkt string) error {
	if len(r.Header.Values("DPoP")) != 1 {
		return errors.New("send one proof in the header DPoP")
	}
	proof := struct {
		Jti, Htm, Htu, Ath string
		Iat                float64
	}{}
	header, err := parse(r.Header.Get("DPoP"), &proof, func(h header) (*ecdsa.PublicKey, error) { return h.Jwk.key() })
	jwk := header.Jwk
	thumbprint := digest(fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, jwk.X, jwk.Y))
	age := float64(time.Now().UnixMilli())/1000 - proof.Iat
	switch {
	case err != nil:
		return err
	case header.Typ != "dpop+jwt" || jwk.D != "" || thumbprint != jkt:
		return errors.New("the proof has another key")
	case proof.Jti == "" || proof.Htm != r.Method || proof.Htu != apiURL+r.URL.EscapedPath() || proof.Ath != digest(token):
		return errors.New("the proof is for another request")
	case age > 30 || age < -30:
		return errors.New("the proof is too old")
	}
	return nil
}

type header struct {
	Alg, Typ, Kid string
	Crit          any
	Jwk           jwk
}

type jwk struct{ Kty, Crv, Alg, Kid, X, Y, D string }

// key returns the key of a JWK, which has to be one of ES256, the algorithm of Sallyport's keys by default.
func (k jwk) key() (*ecdsa.PublicKey, error) {
	x, errX := base64.RawURLEncoding.DecodeString(k.X)
	y, errY := base64.RawURLEncoding.DecodeString(k.Y)
	if err := errors.Join(errX, errY); err != nil || k.Kty != "EC" || k.Crv != "P-256" {
		return nil, errors.New("the key is not one of ES256")
	}
	key := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
	_, err := key.ECDH() // an error if the point is not on the curve
	return key, err
}

// parse reads a JWT that is signed with ES256 by the key that keyOf returns for its header.
func parse(token string, claims any, keyOf func(header) (*ecdsa.PublicKey, error)) (header, error) {
	h := header{}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return h, errors.New("this is no JWT")
	}
	decoded := make([][]byte, 3)
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return h, err
		}
	}
	if err := json.Unmarshal(decoded[0], &h); err != nil {
		return h, err
	}
	if h.Alg != "ES256" || h.Crit != nil || len(decoded[2]) != 64 {
		return h, errors.New("the JWT is not signed with ES256, or has a critical header")
	}
	key, err := keyOf(h)
	if err != nil {
		return h, err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	r, s := new(big.Int).SetBytes(decoded[2][:32]), new(big.Int).SetBytes(decoded[2][32:])
	if !ecdsa.Verify(key, sum[:], r, s) {
		return h, errors.New("the signature is wrong")
	}
	return h, json.Unmarshal(decoded[1], claims)
}

var errNoKeys = errors.New("the keys of the issuer cannot be fetched")

// keySet has the keys of the issuer. They are fetched again after five minutes, and for an unknown key once in 30
// seconds at most. If the issuer does not answer, they stay valid for another hour.
type keySet struct {
	sync.Mutex
	byKid          map[string]*ecdsa.PublicKey
	fetched, tried time.Time
}

var keys keySet

func (k *keySet) get(kid string) (*ecdsa.PublicKey, error) {
	k.Lock()
	defer k.Unlock()
	_, isKnown := k.byKid[kid]
	isDue := time.Since(k.fetched) > 5*time.Minute && time.Since(k.tried) > time.Second
	if isDue || !isKnown && time.Since(k.tried) > 30*time.Second {
		k.tried = time.Now()
		if err := k.fetch(); err != nil {
			log.Print(err)
		}
	}
	key, isKnown := k.byKid[kid]
	if time.Since(k.fetched) > 65*time.Minute || !isKnown && k.fetched.Before(k.tried) {
		return nil, errNoKeys
	}
	if !isKnown {
		return nil, errors.New("the issuer has no such key")
	}
	return key, nil
}

func (k *keySet) fetch() error {
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(issuer + "/.well-known/jwks.json")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	set := struct{ Keys []jwk }{}
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil || answer.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("the issuer answered %s", answer.Status), err)
	}
	k.byKid = map[string]*ecdsa.PublicKey{}
	for _, each := range set.Keys {
		if key, err := each.key(); err == nil && each.Alg == "ES256" {
			k.byKid[each.Kid] = key
		}
	}
	k.fetched = k.tried
	return nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
