package controller

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// newKey makes a job's SSH key, of upstream's kind: ECDSA on P-521, which every OpenSSH reads.
func newKey() (mpijob.KeyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		return mpijob.KeyPair{}, fmt.Errorf("generating a key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return mpijob.KeyPair{}, fmt.Errorf("encoding a key: %w", err)
	}
	public, err := ssh.NewPublicKey(&key.PublicKey)
	if err != nil {
		return mpijob.KeyPair{}, fmt.Errorf("encoding a public key: %w", err)
	}
	return mpijob.KeyPair{
		PrivatePEM:    pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}),
		AuthorizedKey: ssh.MarshalAuthorizedKey(public),
	}, nil
}
