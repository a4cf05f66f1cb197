package io.github.finessl.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class LauncherTest {

    @Test
    void passesOnTheUsersPropertiesAsTheyAre() {
        Properties all = new Properties();
        all.putAll(System.getProperties());
        all.putAll(Map.of(
                "maven.home", "/usr/share/maven",
                "classworlds.conf", "m2.conf",
                "library.jansi.path", "x",
                "data", "a b 'c' \"d\" $x",
                "exp", "Quickstart",
                "https.proxyHost", "proxy"));
        assertThat(Launcher.userProperties(all))
                .containsEntry("data", "a b 'c' \"d\" $x")
                .containsEntry("exp", "Quickstart")
                .containsEntry("https.proxyHost", "proxy")
                .doesNotContainKeys("maven.home", "classworlds.conf", "library.jansi.path")
                .doesNotContainKeys("java.version", "user.dir", "os.name", "sun.arch.data.model");
    }
}
