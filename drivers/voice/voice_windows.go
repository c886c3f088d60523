package voice

import (
	"fmt"
	"os/exec"
	"syscall"
)

// script speaks what stands on the standard input with the voice of a language that
// Windows has; where it has none the default one speaks.
const script = `[Console]::InputEncoding = [Text.Encoding]::UTF8
Add-Type -AssemblyName System.Speech
$s = New-Object System.Speech.Synthesis.SpeechSynthesizer
$v = $s.GetInstalledVoices() | Where-Object { $_.Enabled -and $_.VoiceInfo.Culture.Name -like '%s*' } | Select-Object -First 1
if ($v) { $s.SelectVoice($v.VoiceInfo.Name) }
$s.Volume = %d
$s.Speak([Console]::In.ReadToEnd())`

// find takes PowerShell, which every Windows has.
func find() (program, error) {
	path, err := exec.LookPath("powershell.exe")
	if err != nil {
		return program{}, ErrNone
	}
	return program{path: path, args: func(locale string, volume int) []string {
		return []string{"-NoProfile", "-NonInteractive", "-Command", fmt.Sprintf(script, locale, volume)}
	}}, nil
}

// quiet keeps the window of PowerShell away.
func quiet(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true} }
