// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.doc;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import javax.tools.JavaFileObject;

/**
 * One example of a type's documentation. It is compiled outside the API's packages, with the imports of its file, so that it sees no more than
 * a reader's own code would.
 */
record Example(Path file, int number, String code) {
    private static final String START = "{@snippet :";
    private static final Pattern DECLARATION = Pattern.compile("\\A\\s*(static|class|interface|record|enum)\\b");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;$");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package (.*);$");

    /** All examples of a file, in order. */
    static List<Example> of(Path file, String source) {
        List<Example> examples = new ArrayList<>();
        for (int start = source.indexOf(START); start >= 0; start = source.indexOf(START, start + 1)) {
            String code = source.substring(start + START.length(), end(source, start));
            examples.add(new Example(file, examples.size() + 1, code.lines().map(line -> line.replaceFirst("^\\s*\\* ?", "")).collect(Collectors.joining("\n"))));
        }
        return examples;
    }

    String name() {
        return file.getFileName().toString().replace(".java", "") + number;
    }

    JavaFileObject unit(String source) {
        var text = new StringBuilder("package example." + file.getParent().getFileName() + ";\n");
        var home = PACKAGE.matcher(source);
        if (home.find()) {
            text.append("import ").append(home.group(1)).append(".*;\n");
        }
        IMPORT.matcher(source).results().forEach(line -> text.append(line.group()).append('\n'));
        boolean members = DECLARATION.matcher(code).find();
        text.append("class ").append(name()).append(" {\n").append(members ? "" : "void example() throws Exception {\n").append(code)
                .append(members ? "\n}\n" : "\n}\n}\n");
        return Sources.unit("example/" + file.getParent().getFileName() + "/" + name() + ".java", text.toString());
    }

    /** The brace that closes the one at {@code start}. */
    private static int end(String source, int start) {
        int open = 0;
        for (int at = start; at < source.length(); at++) {
            open += source.charAt(at) == '{' ? 1 : source.charAt(at) == '}' ? -1 : 0;
            if (open == 0) {
                return at;
            }
        }
        throw new IllegalStateException("an example is not closed");
    }
}
