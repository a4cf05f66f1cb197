@echo off
rem Starts FineSSL's command line: finessl --help
setlocal EnableExtensions DisableDelayedExpansion
for %%i in ("%~dp0..") do set "home=%%~fi"

set "java="
if defined JAVA_HOME (
  set "java=%JAVA_HOME%\bin\java.exe"
) else (
  for %%i in (java.exe) do set "java=%%~$PATH:i"
)
if not defined java set "java=java.exe"
if not exist "%java%" goto missing

rem Java and its native libraries read these when they start. An equals sign parts arguments here as a blank does.
set "heap=2g"
set "command=%~1"
set "folders=0"
:argument
if [%1]==[] goto arguments_read
if exist "%~1\" set /a folders+=1
if "%~1"=="--watch" set "folders=2"
if "%~1"=="--heap" set "heap=%~2"
if "%~1"=="--threads" if not "%~2"=="auto" set "OMP_NUM_THREADS=%~2"
shift
goto argument
:arguments_read
if not defined heap goto wrong_heap
set "number=%heap:~0,-1%"
set "unit=%heap:~-1%"
if not defined number goto wrong_heap
if "%number:~0,1%"=="0" goto wrong_heap
for /f "eol=0 delims=0123456789" %%i in ("%number%") do if not "%%i"=="" goto wrong_heap
for %%i in (k m g) do if /i "%unit%"=="%%i" goto right_heap
goto wrong_heap
:right_heap

rem Threads that spin while they wait make a step ten times slower on a machine that does anything else.
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=PASSIVE"
rem A second barrier behind the one of our own: OpenCV allocates no more pixels than that.
if not defined OPENCV_IO_MAX_IMAGE_PIXELS set "OPENCV_IO_MAX_IMAGE_PIXELS=200000000"
rem Of a damaged file it would say what is wrong without its name.
if not defined OPENCV_LOG_LEVEL set "OPENCV_LOG_LEVEL=SILENT"

rem ONNX Runtime, which computes text towers, would report to its makers.
set "ORT_DISABLE_TELEMETRY=1"

set "commit="
set "changes="
if exist "%home%\commit.properties" for /f "usebackq tokens=1,2 delims==" %%k in ("%home%\commit.properties") do (
  if "%%k"=="git.commit.id.abbrev" set "commit=%%l"
  if "%%k %%l"=="git.dirty true" set "changes=+changes"
)

rem From Java 23 on it warns of how ND4J and JavaCPP reach memory, unless it is told that they may; an older one knows no such option.
for %%i in ("%java%") do set "release=%%~dpi..\release"
set "feature=0"
if exist "%release%" for /f "usebackq tokens=1,2 delims==" %%k in ("%release%") do (
  if "%%k"=="JAVA_VERSION" for /f "delims=.-+" %%v in ("%%~l") do set "feature=%%v"
)
set "memory="
if %feature% geq 23 set "memory=--sun-misc-unsafe-memory-access=allow"

rem The quick compiler alone: the other one pays for itself from about 1,500 photos on, and costs a second of work before.
set "compiler="
if "%command%"=="predict" if %folders% leq 1 set "compiler=-XX:TieredStopAtLevel=1"
if "%command%"=="inspect" set "compiler=-XX:TieredStopAtLevel=1"

rem Our own jars come first: most classes are found without opening the others. Java itself completes lib\*.
set "CLASSPATH=%home%\lib\finessl-experiments-${project.version}.jar;%home%\lib\finessl-core-${project.version}.jar;%home%\lib\picocli-${picocli.version}.jar;%home%\lib\*"
rem The encoding of what is printed is left to Java, which asks the console.
"%java%" "-Xmx%heap%" -XX:+UseSerialGC ^
  -XX:MetaspaceSize=128m %memory% %compiler% --enable-native-access=ALL-UNNAMED -Dorg.bytedeco.javacpp.logger=slf4j ^
  -Dorg.bytedeco.javacpp.maxbytes=1024g -Dorg.bytedeco.javacpp.maxphysicalbytes=0 ^
  -Djava.awt.headless=true -Dfile.encoding=UTF-8 ^
  -Djdk.console=java.base "-Dfinessl.home=%home%" "-Dfinessl.commit=%commit%%changes%" ^
  %FINESSL_JAVA_OPTS% io.github.finessl.cli.Finessl %*
exit /b %errorlevel%

:missing
setlocal EnableDelayedExpansion
>&2 echo finessl needs Java 17 or newer, but there is no !java!: install a JDK, or set JAVA_HOME.
exit /b 1

:wrong_heap
setlocal EnableDelayedExpansion
>&2 echo --heap=!heap! cannot be used: heap is a size such as 2g.
exit /b 2
