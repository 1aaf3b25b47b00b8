import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.opensearch.common.settings.Settings;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/**
 * OpenSearch with the modules that our search needs: `java Start.java HOME NAME=VALUE...`, the settings last.
 *
 * The distribution finds its modules in folders and refuses root; a node that is built directly takes them from the
 * class path and runs as whoever starts it. It ends on SIGTERM, after it has closed its indices.
 */
public final class Start {
    private Start() {}

    public static void main(String[] arguments) throws Exception {
        Settings.Builder settings = Settings.builder().put("path.home", Path.of(arguments[0]).toAbsolutePath().toString());
        for (String argument : List.of(arguments).subList(1, arguments.length)) {
            String[] parts = argument.split("=", 2);
            settings.put(parts[0], parts[1]);
        }
        Node node = new WithModules(settings.build());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        Thread.currentThread().join(); // its own threads keep no process alive
    }

    private static void close(Node node) {
        try {
            node.close();
        } catch (java.io.IOException error) {
            error.printStackTrace();
        }
    }

    private static final class WithModules extends Node {
        WithModules(Settings settings) {
            super(
                InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "opensearch"),
                List.of(Netty4Plugin.class, CommonAnalysisPlugin.class, ReindexPlugin.class),
                false
            );
        }
    }
}
