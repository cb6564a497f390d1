package training

import (
	"fmt"
	"runtime/debug"
)

// PanicError: this package made a mistake, where whoever called it could not have caught it.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("a mistake in this program, please report it: panic: %v", e.Value)
}

// caught runs what has a goroutine of its own. A panic in it would end the process, which may be a service of many users,
// for what one user's objects say; it becomes an error.
func caught(run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return run()
}
