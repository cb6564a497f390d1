// Package pki is the sandbox's own certificate authority: it makes every key and certificate that the
// components use, and none that leaves this machine.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// How long certificates are valid, and when they are made anew.
const (
	caValidity   = 10 * 365 * 24 * time.Hour
	leafValidity = 365 * 24 * time.Hour
	renewBefore  = 30 * 24 * time.Hour
)

// Leaf describes a certificate: who it names and where it is valid.
type Leaf struct {
	File   string // below the authority's folder, without .crt and .key
	Name   string // common name: a client's user name
	Groups []string
	Hosts  []string // names and addresses, for servers
}

// Authority signs certificates and keeps them in a folder.
type Authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  time.Time
}

// Open loads the authority called name from dir, or makes it.
func Open(dir, name string, now time.Time) (*Authority, error) {
	a := &Authority{dir: dir, now: now}
	cert, key, err := load(filepath.Join(dir, name))
	if err == nil && now.Before(cert.NotAfter.Add(-renewBefore)) {
		a.cert, a.key = cert, key
		return a, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "mpijob-sandbox-" + name},
		NotAfter:              now.Add(caValidity),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	a.cert, a.key, err = a.issue(name, template)
	return a, err
}

// Ensure makes the certificate where it is missing, about to expire, signed by an earlier authority
// or for other hosts, and says whether it did.
func (a *Authority) Ensure(l Leaf) (bool, error) {
	cert, _, err := load(filepath.Join(a.dir, l.File))
	if err == nil && a.fits(cert, l) {
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: l.Name, Organization: l.Groups},
		NotAfter:    a.now.Add(leafValidity),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, h := range l.Hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	if len(l.Hosts) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	_, _, err = a.issue(l.File, template)
	return true, err
}

func (a *Authority) fits(cert *x509.Certificate, l Leaf) bool {
	if a.now.After(cert.NotAfter.Add(-renewBefore)) || cert.CheckSignatureFrom(a.cert) != nil {
		return false
	}
	if cert.Subject.CommonName != l.Name {
		return false
	}
	for _, h := range l.Hosts {
		if cert.VerifyHostname(h) != nil {
			return false
		}
	}
	return true
}

// issue signs template (by itself, while there is no authority yet) and writes file.crt and file.key.
func (a *Authority) issue(file string, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = a.now.Add(-time.Minute)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, nil, fmt.Errorf("signing %s: %w", file, err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	base := filepath.Join(a.dir, file)
	if err := writePEM(base+".key", "PRIVATE KEY", private, 0o600); err != nil {
		return nil, nil, err
	}
	if err := writePEM(base+".crt", "CERTIFICATE", der, 0o644); err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}

// EnsureSigningKey makes the key pair that service account tokens are signed with.
func EnsureSigningKey(private, public string) error {
	if _, err := os.Stat(public); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	pub, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	if err := writePEM(private, "EC PRIVATE KEY", der, 0o600); err != nil {
		return err
	}
	return writePEM(public, "PUBLIC KEY", pub, 0o644)
}

func load(base string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	raw, err := os.ReadFile(base + ".crt")
	if err != nil {
		return nil, nil, err
	}
	rawKey, err := os.ReadFile(base + ".key")
	if err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(raw)
	keyBlock, _ := pem.Decode(rawKey)
	if block == nil || keyBlock == nil {
		// Cut off in the middle of writing: as good as missing.
		return nil, nil, fmt.Errorf("%s: %w", base, fs.ErrNotExist)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("%s.crt: %w", base, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("%s.key: %w", base, err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, nil, fmt.Errorf("%s.key: not an ECDSA key: remove it, and it is made anew", base)
	}
	return cert, ec, nil
}

func writePEM(path, kind string, der []byte, mode fs.FileMode) error {
	return Write(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

// Write puts a file in place as a whole, so that nobody ever reads half of one.
func Write(path string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, content, mode); err != nil {
		return err
	}
	if err := os.Chmod(tmp, mode); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
