package tenancy

import (
	"encoding/json"
	"fmt"
)

// Settings are the three switches by which a tenant reaches the world outside: communications (mail, messages),
// callouts to the APIs of others, and scheduled workflows. The zero value is quiet: all are off, as after every refresh
// (A22, A23, A24). A Settings is a value; each change returns the next one.
//
// Callouts hang on communications: they can be enabled only while communications are on (A26), enabling communications
// does not enable them (A25), and disabling communications disables them for good.
type Settings struct {
	communications, callouts, workflows bool
}

// Communications tells whether mail and messages go out.
func (s Settings) Communications() bool { return s.communications }

// Callouts tells whether the tenant may call the APIs of others.
func (s Settings) Callouts() bool { return s.communications && s.callouts }

// Workflows tells whether scheduled workflows run.
func (s Settings) Workflows() bool { return s.workflows }

// Quiet tells whether everything is off.
func (s Settings) Quiet() bool { return s == Settings{} }

// EnableCommunications turns communications on, and nothing else.
func (s Settings) EnableCommunications() Settings {
	if !s.communications {
		s.communications, s.callouts = true, false
	}
	return s
}

// DisableCommunications turns communications off, and callouts with them.
func (s Settings) DisableCommunications() Settings {
	s.communications, s.callouts = false, false
	return s
}

// EnableCallouts turns callouts on. It returns [ErrCommunicationsOff], and s as it was, while communications are off.
func (s Settings) EnableCallouts() (Settings, error) {
	if !s.communications {
		return s, ErrCommunicationsOff
	}
	s.callouts = true
	return s, nil
}

// DisableCallouts turns callouts off.
func (s Settings) DisableCallouts() Settings {
	s.callouts = false
	return s
}

// EnableWorkflows turns scheduled workflows on.
func (s Settings) EnableWorkflows() Settings {
	s.workflows = true
	return s
}

// DisableWorkflows turns scheduled workflows off.
func (s Settings) DisableWorkflows() Settings {
	s.workflows = false
	return s
}

// String lists the switches: "communications on, callouts off, workflows off".
func (s Settings) String() string {
	word := func(on bool) string {
		if on {
			return "on"
		}
		return "off"
	}
	return fmt.Sprintf("communications %s, callouts %s, workflows %s", word(s.Communications()), word(s.Callouts()), word(s.Workflows()))
}

type settingsJSON struct {
	Communications bool `json:"communications"`
	Callouts       bool `json:"callouts"`
	Workflows      bool `json:"workflows"`
}

// MarshalJSON writes the switches as they act.
func (s Settings) MarshalJSON() ([]byte, error) {
	return json.Marshal(settingsJSON{s.Communications(), s.Callouts(), s.Workflows()})
}

// UnmarshalJSON reads the switches. Callouts without communications are read as off: no stored state gets round the gate.
func (s *Settings) UnmarshalJSON(data []byte) error {
	var v settingsJSON
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*s = Settings{v.Communications, v.Communications && v.Callouts, v.Workflows}
	return nil
}
