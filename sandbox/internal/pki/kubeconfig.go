package pki

import (
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// clientKubeconfig writes a component's kubeconfig with its client certificate.
func clientKubeconfig(c config.Config, name string) error {
	return writeKubeconfig(c, c.SystemKubeconfig(name), name, "default", &api.AuthInfo{
		ClientCertificate: c.TLS(name + ".crt"),
		ClientKey:         c.TLS(name + ".key"),
	})
}

// TokenKubeconfig writes a kubeconfig that carries a token.
func TokenKubeconfig(c config.Config, path, user, namespace, token string) error {
	return writeKubeconfig(c, path, user, namespace, &api.AuthInfo{Token: token})
}

func writeKubeconfig(c config.Config, path, user, namespace string, auth *api.AuthInfo) error {
	ca, err := os.ReadFile(c.TLS("ca.crt"))
	if err != nil {
		return err
	}
	k := api.NewConfig()
	k.Clusters["sandbox"] = &api.Cluster{Server: config.APIServer(), CertificateAuthorityData: ca}
	k.AuthInfos[user] = auth
	k.Contexts["sandbox"] = &api.Context{Cluster: "sandbox", AuthInfo: user, Namespace: namespace}
	k.CurrentContext = "sandbox"
	raw, err := clientcmd.Write(*k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return Write(path, raw, 0o600)
}
