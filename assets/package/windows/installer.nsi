; The installer for Windows 10 and later, 64 bits. windows.sh gives VERSION, FILES (the signed programs), OUT and SIGN.
; Programs go to Program Files, what a device keeps to ProgramData\E-Zhitong, where it stays when the programs go.
Target amd64-unicode
ManifestDPIAware true
RequestExecutionLevel admin
SetCompressor /SOLID lzma
!include "MUI2.nsh"
!include "WinVer.nsh"
!include "FileFunc.nsh"

Name "疫苗E指通"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\E-Zhitong"
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\E-Zhitong"
!uninstfinalize '"${SIGN}" "%1"'

!define MUI_ICON "${FILES}\ezhitong.ico"
!define MUI_UNICON "${FILES}\ezhitong.ico"
!define MUI_ABORTWARNING
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "TradChinese"
!insertmacro MUI_LANGUAGE "English"

LangString DESK ${LANG_TRADCHINESE} "櫃檯報到"
LangString DESK ${LANG_ENGLISH} "Front desk"
LangString KIOSK ${LANG_TRADCHINESE} "自助報到機"
LangString KIOSK ${LANG_ENGLISH} "Kiosk"
LangString AUTO ${LANG_TRADCHINESE} "登入時開啟報到機"
LangString AUTO ${LANG_ENGLISH} "Start the kiosk at log-on"
LangString OLD ${LANG_TRADCHINESE} "需要 64 位元的 Windows 10 以上。請先更新 Windows。"
LangString OLD ${LANG_ENGLISH} "Windows 10 or later with 64 bits is needed. Please update Windows first."

VIProductVersion "${VERSION}.0"
VIAddVersionKey /LANG=${LANG_TRADCHINESE} "ProductName" "疫苗E指通 E-Zhitong"
VIAddVersionKey /LANG=${LANG_TRADCHINESE} "FileDescription" "疫苗E指通安裝程式"
VIAddVersionKey /LANG=${LANG_TRADCHINESE} "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=${LANG_TRADCHINESE} "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=${LANG_TRADCHINESE} "LegalCopyright" "Apache License 2.0"

Function .onInit
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_ICONINFORMATION|MB_OK "$(OLD)" /SD IDOK
    Abort
  ${EndIf}
  SetRegView 64
  SetShellVarContext all
  Call chooseKiosk
FunctionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
FunctionEnd

Section "-common"
  SetOutPath "$INSTDIR"
  File "${FILES}\cardprobe.exe"
  File "${FILES}\ezhitong.ico"
  File "${FILES}\LICENSE.txt"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ; Whoever sits at this device may write what it keeps; names in it are sealed.
  CreateDirectory "$APPDATA\E-Zhitong"
  nsExec::Exec '"$SYSDIR\icacls.exe" "$APPDATA\E-Zhitong" /grant *S-1-5-32-545:(OI)(CI)M'
  Pop $0
  WriteRegStr HKLM "${KEY}" "DisplayName" "疫苗E指通"
  WriteRegStr HKLM "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${KEY}" "DisplayIcon" "$INSTDIR\ezhitong.ico"
  WriteRegStr HKLM "${KEY}" "Publisher" "E-Zhitong"
  WriteRegStr HKLM "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${KEY}" "NoRepair" 1
SectionEnd

; A shortcut starts its program in ProgramData\E-Zhitong: data, log and settings (frontdesk.json, kiosk.json) are there.
Section "$(DESK)" SecDesk
  SetOutPath "$INSTDIR"
  File "${FILES}\frontdesk.exe"
  SetOutPath "$APPDATA\E-Zhitong"
  CreateDirectory "$SMPROGRAMS\疫苗E指通"
  CreateShortCut "$SMPROGRAMS\疫苗E指通\$(DESK).lnk" "$INSTDIR\frontdesk.exe" "--log frontdesk.log"
  CreateShortCut "$DESKTOP\疫苗E指通 $(DESK).lnk" "$INSTDIR\frontdesk.exe" "--log frontdesk.log"
SectionEnd

Section /o "$(KIOSK)" SecKiosk
  SetOutPath "$INSTDIR"
  File "${FILES}\kiosk.exe"
  SetOutPath "$APPDATA\E-Zhitong"
  CreateDirectory "$SMPROGRAMS\疫苗E指通"
  CreateShortCut "$SMPROGRAMS\疫苗E指通\$(KIOSK).lnk" "$INSTDIR\kiosk.exe" "--log kiosk.log"
SectionEnd

Section /o "$(AUTO)" SecAuto
  SetOutPath "$APPDATA\E-Zhitong"
  CreateShortCut "$SMSTARTUP\疫苗E指通 $(KIOSK).lnk" "$INSTDIR\kiosk.exe" "--log kiosk.log"
SectionEnd

; With /KIOSK a machine becomes a kiosk instead of a desk, also when nobody is asked (/S).
Function chooseKiosk
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/KIOSK" $1
  ${IfNot} ${Errors}
    !insertmacro UnselectSection ${SecDesk}
    !insertmacro SelectSection ${SecKiosk}
    !insertmacro SelectSection ${SecAuto}
  ${EndIf}
FunctionEnd

Section "Uninstall"
  Delete "$INSTDIR\frontdesk.exe"
  Delete "$INSTDIR\kiosk.exe"
  Delete "$INSTDIR\cardprobe.exe"
  Delete "$INSTDIR\ezhitong.ico"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\疫苗E指通\*.lnk"
  RMDir "$SMPROGRAMS\疫苗E指通"
  Delete "$DESKTOP\疫苗E指通 *.lnk"
  Delete "$SMSTARTUP\疫苗E指通 *.lnk"
  DeleteRegKey HKLM "${KEY}"
SectionEnd
