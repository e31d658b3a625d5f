package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/idplug/idplug/host/seal"
)

// Files of the data folder.
const (
	databaseFile = "idplug.db"
	keyFile      = "master-key"
	tokenFile    = "operator-token"
	addressFile  = "address"
)

// prepareDataDir makes the data folder; it holds keys, so nobody else may enter.
func prepareDataDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("host: data_dir: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("host: data_dir: %w", err)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("host: data_dir: others may write %s: chmod go-w %s", dir, dir)
	}
	return nil
}

// masterKey is the configured key, else the one in the data folder, made on first need.
func (c Config) masterKey() (seal.Key, error) {
	if c.MasterKey != "" {
		k, err := seal.ParseKey(c.MasterKey)
		if err != nil {
			return seal.Key{}, fmt.Errorf("host: master_key: %w", err)
		}
		return k, nil
	}
	return seal.LoadOrCreateKey(c.path(keyFile))
}

// operatorToken is the configured token, else the one in the data folder, made on first need. It is never logged.
func (c Config) operatorToken() (string, error) {
	const shortest = 24 // characters; shorter ones can be guessed
	if c.OperatorToken != "" {
		if len(c.OperatorToken) < shortest {
			return "", fmt.Errorf("host: operator_token: give %d characters at least", shortest)
		}
		return c.OperatorToken, nil
	}
	token, err := readToken(c.path(tokenFile))
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	f, err := os.OpenFile(c.path(tokenFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // another process was first
		return readToken(c.path(tokenFile))
	}
	if err != nil {
		return "", fmt.Errorf("host: operator token: %w", err)
	}
	token = seal.Token()
	if _, err := f.WriteString(token + "\n"); err != nil {
		return "", errors.Join(fmt.Errorf("host: operator token: %w", err), f.Close())
	}
	return token, f.Close()
}

func readToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("host: operator token: %w", err)
	}
	if token := strings.TrimSpace(string(b)); token != "" {
		return token, nil
	}
	return "", fmt.Errorf("host: operator token: %s is empty: remove it", path)
}
