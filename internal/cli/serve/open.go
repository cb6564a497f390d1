package serve

import (
	"fmt"
	"os/exec"
)

// opener is what shows an address in the user's browser, on each system.
func opener(goos string) (name string, args []string) {
	switch goos {
	case "darwin":
		return "open", nil
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler"}
	default:
		return "xdg-open", nil
	}
}

// openBrowser shows an address, and waits until what opens it has ended. No shell reads the address, and the browser
// outlives this command.
func openBrowser(goos, address string) error {
	name, args := opener(goos)
	if err := exec.Command(name, append(args, address)...).Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
