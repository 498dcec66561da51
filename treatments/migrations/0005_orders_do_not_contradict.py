from django.db import migrations

# Asked once, when a draft is signed: until then an order may be changed by adding and removing.
REFUSE = """
CREATE FUNCTION plan_orders_do_not_contradict() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    orders bigint;
    products bigint;
    antagonists bigint;
BEGIN
    SELECT count(*), count(DISTINCT product),
           count(*) FILTER (WHERE product IN ('xr_naltrexone', 'naltrexone_oral'))
    INTO orders, products, antagonists
    FROM treatments_intervention intervention
    JOIN treatments_goal goal ON goal.id = intervention.goal_id
    JOIN treatments_problem problem ON problem.id = goal.problem_id
    WHERE problem.plan_id = NEW.id AND intervention.arm = 'medication';
    IF orders > products OR antagonists NOT IN (0, orders) THEN
        RAISE EXCEPTION 'the orders of this plan contradict each other'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_orders_do_not_contradict';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_orders_do_not_contradict BEFORE UPDATE ON treatments_treatmentplan
    FOR EACH ROW WHEN (OLD.status = 'draft' AND NEW.status <> 'draft')
    EXECUTE FUNCTION plan_orders_do_not_contradict();
"""
ALLOW = """
DROP TRIGGER plan_orders_do_not_contradict ON treatments_treatmentplan;
DROP FUNCTION plan_orders_do_not_contradict();
"""


class Migration(migrations.Migration):
    dependencies = [("treatments", "0004_sign_what_was_read")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
