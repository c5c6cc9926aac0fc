// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.rules;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.DirectMethodHandleDesc;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;

/** Calls that only certain classes may make; also found behind a method reference. */
public final class Calls implements Rule {
    private static final String PRINT_STACK_TRACE = "java.lang.Throwable.printStackTrace()";

    private final String sentence;
    private final Set<String> forbidden;
    private final BiPredicate<Bundle, String> allowed;

    private Calls(String sentence, Set<String> forbidden, BiPredicate<Bundle, String> allowed) {
        this.sentence = sentence;
        this.forbidden = forbidden;
        this.allowed = allowed;
    }

    /**
     * Time and randomness come from the node's clock and source, so that a run can be simulated and repeated.
     *
     * @param free   projects for which this does not hold
     * @param clocks patterns of the classes that are the clock and the source
     */
    public static Rule clocks(Collection<String> free, Collection<String> clocks) {
        var patterns = clocks.stream().map(pattern -> Pattern.compile(pattern.replace(".", "\\.").replace("*", ".*") + "(\\$.*)?")).toList();
        return new Calls("only the clock reads the time, sleeps, or draws unseeded numbers",
                Set.of("java.lang.System.nanoTime()", "java.lang.System.currentTimeMillis()", "java.time.Instant.now()",
                        "java.time.Clock.systemUTC()", "java.time.Clock.systemDefaultZone()",
                        "java.lang.Thread.sleep(J)", "java.lang.Thread.sleep(JI)", "java.lang.Thread.sleep(Ljava/time/Duration;)",
                        "java.util.concurrent.TimeUnit.sleep(J)", "java.util.Random.<init>()", "java.lang.Math.random()",
                        "java.util.SplittableRandom.<init>()", "java.util.concurrent.ThreadLocalRandom.current()"),
                (bundle, name) -> free.contains(bundle.project()) || patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches()));
    }

    /** A node logs; only a class that is a program by itself writes to its terminal. */
    public static Rule output() {
        return new Calls("only a main class writes to the terminal",
                Set.of("java.lang.System.out", "java.lang.System.err", PRINT_STACK_TRACE),
                (bundle, name) -> isProgram(bundle.classes().get(name.split("\\$")[0])));
    }

    private static boolean isProgram(ClassModel outermost) {
        return outermost != null && outermost.methods().stream().anyMatch(method -> method.methodName().equalsString("main"));
    }

    @Override
    public String sentence() {
        return sentence;
    }

    @Override
    public List<String> broken(List<Bundle> bundles) {
        var broken = new ArrayList<String>();
        for (var bundle : bundles) {
            if (bundle.isTests()) {
                continue;
            }
            bundle.classes().forEach((name, model) -> {
                if (name.startsWith("org.dwcp.") && !allowed.test(bundle, name)) {
                    find(bundle, name, model, broken);
                }
            });
        }
        return broken;
    }

    private void find(Bundle bundle, String name, ClassModel model, List<String> broken) {
        for (var method : model.methods()) {
            method.code().ifPresent(code -> {
                int line = 0;
                for (var element : code) {
                    if (element instanceof LineNumber number) {
                        line = number.line();
                    }
                    var call = call(element);
                    if (forbidden.contains(call)) {
                        broken.add(bundle.name() + ": " + name + "." + method.methodName().stringValue() + ":" + line + " uses " + call);
                    }
                }
            });
        }
    }

    /** The thing used, as {@code class.method(parameters)} or {@code class.field}; empty for other instructions. */
    private static String call(CodeElement element) {
        return switch (element) {
            case InvokeInstruction invoke -> call(invoke.owner().asInternalName(), invoke.name().stringValue(), invoke.type().stringValue());
            case FieldInstruction field -> field.owner().asInternalName().replace('/', '.') + "." + field.name().stringValue();
            case InvokeDynamicInstruction dynamic -> dynamic.bootstrapArgs().stream()
                    .filter(DirectMethodHandleDesc.class::isInstance).map(DirectMethodHandleDesc.class::cast)
                    .map(handle -> call(handle.owner().descriptorString().replaceAll("^L|;$", ""), handle.methodName(), handle.lookupDescriptor()))
                    .filter(text -> text.startsWith("java.")).findFirst().orElse("");
            default -> "";
        };
    }

    private static String call(String owner, String name, String descriptor) {
        if (name.equals("printStackTrace") && descriptor.equals("()V")) {
            return PRINT_STACK_TRACE; // the owner is whatever the caller declared the exception as
        }
        return owner.replace('/', '.') + "." + name + descriptor.substring(0, descriptor.indexOf(')') + 1);
    }
}
