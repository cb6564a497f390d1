package command

import (
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
)

// newToken is for who signs in to the dashboard: the token stays in the user's kubeconfig, which only root reads, and is
// printed nowhere but where it is asked for.
func newToken() *cobra.Command {
	return &cobra.Command{
		Use:     "token [USER]",
		Short:   "Print a user's token, to sign in to the dashboard with (scientist unless named)",
		Example: "  sandbox token team-admin",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := load()
			if err != nil {
				return err
			}
			user := "scientist"
			if len(args) == 1 {
				user = args[0]
			}
			path, err := kubeconfigOf(c, user)
			if err != nil {
				return err
			}
			k, err := clientcmd.LoadFromFile(path)
			if err != nil {
				return fmt.Errorf("reading the kubeconfig of %s: %w", user, err)
			}
			for _, auth := range k.AuthInfos {
				if auth.Token != "" {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), auth.Token)
					return err
				}
			}
			return fmt.Errorf("%s has no token: take scientist, or another user", user)
		},
	}
}
